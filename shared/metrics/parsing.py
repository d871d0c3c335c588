"""
Formulas as a person writes them: `won_deals / calls`, `revenue@year - revenue@previous_year`.

Keys of measures, whole numbers, `+ - * /`, brackets and `at_most(formula, number)`. `@previous`,
`@year` and `@previous_year` take a measure over another window. Python's own grammar reads the
text; nothing of it is ever run.
"""

import ast
import re

from shared.i18n import N_
from shared.metrics.formula import Constant, Formula, Kind, Measure, Operation, Window
from shared.metrics.measures import MEASURES

LONGEST = 500
"""Characters of a formula; longer ones nobody reads."""

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
# To Python, `@` binds no closer than `*`.
_AT = re.compile(r"\b([a-z_]+)\s*@\s*([a-z_]+)\b")
_WITHOUT_WINDOWS = {Kind.CALENDAR, Kind.PREDICTION, Kind.STOCK, Kind.TARGET}

PROBLEMS = {
    "not_a_formula": N_("This is no formula: %(part)s"),
    "unknown_measure": N_("There is no measure called %(part)s."),
    "unknown_window": N_("%(part)s is no window. There are previous, year and previous_year."),
    "no_window": N_("%(part)s cannot be taken over another window."),
    "no_measure": N_("A formula needs at least one measure."),
    "too_long": N_("A formula has at most 500 characters."),
}
"""What is wrong with a formula, by code."""


class FormulaError(ValueError):
    """The text is no formula. `code` is one of `PROBLEMS`, `part` the piece that is wrong."""

    def __init__(self, code: str, part: str = "") -> None:
        super().__init__(f"{code}: {part}")
        self.code = code
        self.part = part


def parse(text: str) -> Formula:
    """
    Return the formula that a text means.

    :raises FormulaError: if it means none
    """
    if len(text) > LONGEST:
        raise FormulaError("too_long")
    try:
        tree = ast.parse(_AT.sub(r"over(\1, \2)", text.strip()), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("not_a_formula", text.strip()) from error
    formula = _formula(tree.body)
    if not any(isinstance(node, ast.Name) and node.id in MEASURES for node in ast.walk(tree)):
        raise FormulaError("no_measure")
    return formula


def to_source(formula: Formula) -> str:
    """Return a formula as text that `parse` reads back."""
    match formula:
        case Constant(value=value):
            return str(value)
        case Measure(slot=slot):
            return slot
        case Operation(operator="min", left=left, right=right):
            return f"at_most({to_source(left)}, {to_source(right)})"
        case Operation(operator=operator, left=left, right=right):
            return f"({to_source(left)} {operator} {to_source(right)})"
    raise TypeError(f"not a formula: {formula!r}")


def _formula(node: ast.expr) -> Formula:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return Constant(value)
        case ast.Name(id=key):
            return _measure(key)
        case ast.Call(
            func=ast.Name(id="over"), args=[ast.Name(id=key), ast.Name(id=window)], keywords=[]
        ):
            return _over(_measure(key), window)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return Operation(_OPERATORS[type(operator)], _formula(left), _formula(right))
        case ast.Call(
            func=ast.Name(id="at_most"), args=[inner, ast.Constant(value=int(cap))], keywords=[]
        ) if not isinstance(cap, bool):
            return _formula(inner).at_most(cap)
    raise FormulaError("not_a_formula", ast.unparse(node))


def _measure(key: str) -> Measure:
    if key not in MEASURES:
        raise FormulaError("unknown_measure", key)
    return MEASURES[key]


def _over(measure: Measure, window: str) -> Measure:
    if window not in set(Window) - {Window.PERIOD, Window.YOUNG}:
        raise FormulaError("unknown_window", window)
    if measure.kind in _WITHOUT_WINDOWS:
        raise FormulaError("no_window", measure.key)
    return measure.over(Window(window))
