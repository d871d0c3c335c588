"""Formulas as text: what is written is what is meant, and nothing else is taken."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.metrics import measures as m
from shared.metrics.catalog import METRICS
from shared.metrics.formula import Constant, Formula, Window, evaluate
from shared.metrics.parsing import FormulaError, parse, to_source

TOTALS = {"won_deals": Decimal(6), "calls": Decimal(8), "revenue@year": Decimal(500)}

LEAVES = st.one_of(
    st.integers(min_value=0, max_value=10**6).map(Constant),
    st.sampled_from([m.CALLS, m.REVENUE, m.REVENUE.over(Window.YEAR), m.WON_DEALS]),
)
FORMULAS: st.SearchStrategy[Formula] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Formula.__add__, inner, inner),
        st.builds(Formula.__sub__, inner, inner),
        st.builds(Formula.__mul__, inner, inner),
        st.builds(Formula.__truediv__, inner, inner),
        st.builds(Formula.at_most, inner, st.integers(min_value=0, max_value=99)),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("won_deals / calls", "0.75"),
        ("100 * won_deals / calls", "75"),
        ("won_deals + calls * 2", "22"),
        ("(won_deals + calls) * 2", "28"),
        ("2 * revenue@year", "1000"),
        ("at_most(calls / won_deals, 1)", "1"),
        ("  calls - won_deals\n", "2"),
    ],
)
def test_a_formula_is_read_as_written(text: str, value: str) -> None:
    assert evaluate(parse(text), TOTALS) == Decimal(value)


@given(FORMULAS.filter(lambda formula: "_" in to_source(formula) or "calls" in to_source(formula)))
def test_what_is_written_reads_back(formula: Formula) -> None:
    source = to_source(formula)
    if len(source) > 500 or not any(key in source for key in ("calls", "revenue", "won_deals")):
        return
    assert parse(source) == formula


def test_every_built_in_formula_can_be_written() -> None:
    for metric in METRICS.values():
        assert parse(to_source(metric.formula)) == metric.formula, metric.key


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_formula"),
        ("won_deals /", "not_a_formula"),
        ("won_deals ** 2", "not_a_formula"),
        ("won_deals % 2", "not_a_formula"),
        ("won_deals / 2.5", "not_a_formula"),
        ("won_deals if calls else 1", "not_a_formula"),
        ("__import__('os').system('true')", "not_a_formula"),
        ("calls.__class__", "not_a_formula"),
        ("lambda: calls", "not_a_formula"),
        ("[calls][0]", "not_a_formula"),
        ("True * calls", "not_a_formula"),
        ("-calls", "not_a_formula"),
        ("won_deals / cals", "unknown_measure"),
        ("revenue@century", "unknown_window"),
        ("open_opportunities@previous", "no_window"),
        ("1 + 1", "no_measure"),
        ("calls + " * 100 + "calls", "too_long"),
        ("(" * 240 + "calls" + ")" * 240, "not_a_formula"),
        ("calls\0", "not_a_formula"),
    ],
)
def test_anything_else_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(FormulaError) as refused:
        parse(text)

    assert refused.value.code == code


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(FormulaError):
        assert parse(text) is not None
