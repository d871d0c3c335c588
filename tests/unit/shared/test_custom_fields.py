"""Which values a custom field takes, and how they are read from what was typed."""

import pytest

from shared.custom_fields import (
    CustomField,
    FieldChoice,
    check,
    check_from_rep,
    read,
    typed,
    values_of,
)
from shared.schemas.limits import InvalidRecordError
from shared.vocabulary import FieldKind

CHOICES = (FieldChoice("cash", "Cash", "Tunai"), FieldChoice("week", "Week", is_retired=True))


def field(kind: FieldKind, **more: object) -> CustomField:
    return CustomField(key="it", kind=kind, position=1, label="It", choices=CHOICES, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.TEXT, "  two   words ", "two words"),
        (FieldKind.WHOLE, "-12", -12),
        (FieldKind.WHOLE, "12.0", 12),
        (FieldKind.DECIMAL, "12,50", 12.5),
        (FieldKind.DECIMAL, "0.1", 0.1),
        (FieldKind.DAY, "2026-02-28", "2026-02-28"),
        (FieldKind.YES_NO, "no", False),
        (FieldKind.CHOICE, "cash", "cash"),
        (FieldKind.CHOICE, "week", "week"),
        (FieldKind.CHOICE, " ", None),
    ],
)
def test_what_was_typed_is_kept_and_shown_again(kind: FieldKind, text: str, value: object) -> None:
    found = read(field(kind), text)

    assert (found, type(found)) == (value, type(value))
    assert read(field(kind), typed(found)) == found


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (FieldKind.TEXT, "x" * 201, "too_long"),
        (FieldKind.TEXT, "a\x00b", "control_character"),
        (FieldKind.WHOLE, "1,5", "not_whole"),
        (FieldKind.WHOLE, "1e3", "not_a_number"),
        (FieldKind.DECIMAL, "1.234,5", "not_a_number"),
        (FieldKind.DECIMAL, "9999999999999", "out_of_range"),
        (FieldKind.DAY, "28/02/2026", "not_a_day"),
        (FieldKind.DAY, "2026-02-30", "not_a_day"),
        (FieldKind.DAY, "0001-01-01", "out_of_range"),
        (FieldKind.YES_NO, "ya", "not_yes_or_no"),
        (FieldKind.CHOICE, "Cash", "unknown_value"),
    ],
)
def test_what_is_impossible_says_why(kind: FieldKind, text: str, reason: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        read(field(kind), text)

    assert (caught.value.field, caught.value.reason) == ("custom.it", reason)


def test_a_required_field_asks_for_a_value_and_none_takes_one_out() -> None:
    with pytest.raises(InvalidRecordError, match="missing"):
        read(field(FieldKind.TEXT, is_required=True), " ")
    assert check(field(FieldKind.TEXT, is_required=True), None) is None


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), "1", [1], {}])
def test_a_number_from_a_phone_is_one(value: object) -> None:
    with pytest.raises(InvalidRecordError, match="not_a_number"):
        check(field(FieldKind.DECIMAL), value)


def test_a_rep_says_what_is_the_reps() -> None:
    fields = {"it": field(FieldKind.YES_NO, by_reps=True)}
    assert check_from_rep(fields, [("custom.it", True)]) == {"custom.it": True}
    for given, known, reason in (
        ("custom.it", {"it": field(FieldKind.YES_NO)}, "not_yours"),
        ("custom.else", fields, "unknown_field"),
    ):
        with pytest.raises(InvalidRecordError, match=reason):
            check_from_rep(known, [(given, True)])


def test_names_and_choices_are_in_the_language_of_the_reader() -> None:
    plain, both = field(FieldKind.CHOICE), field(FieldKind.CHOICE, label_id="Itu", hint="Look")
    assert [plain.label_in("id"), both.label_in("id"), both.label_in("en")] == ["It", "Itu", "It"]
    assert (both.hint_in("id"), CHOICES[0].name_in("id")) == ("Look", "Tunai")
    assert [choice.key for choice in plain.offered()] == ["cash"]
    assert [choice.key for choice in plain.offered("week")] == ["cash", "week"]


def test_values_are_told_from_other_fields_of_a_customer() -> None:
    row = {"name": "Toko", "custom.a": 0, "custom.b": None, "custom.c": False}
    assert values_of(row) == {"a": 0, "c": False}
