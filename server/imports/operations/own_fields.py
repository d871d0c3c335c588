"""Custom fields in imports: a column is checked by its field, and one kept becomes a field."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table

from server.customers.models import Customer
from server.customers.queries.kept_columns import BEFORE_ALL, kept_values, rows_with
from server.fields.models import FieldRow
from server.fields.operations import ChoiceDraft, Draft, FieldError, add_field
from server.imports.operations import values
from server.imports.operations.rows import update_all
from server.imports.operations.values import BadValueError, Field, Formats
from server.platform.access import Access
from server.platform.errors import NotFoundError
from server.platform.events import record_changed
from shared.custom_fields import (
    LARGEST_NUMBER,
    LONGEST_TEXT,
    MOST_CHOICES,
    PREFIX,
    CustomField,
    check,
    read,
)
from shared.i18n import N_
from shared.schemas.limits import InvalidRecordError
from shared.vocabulary import FieldKind

MOST_VALUES = 10_000
"""Different ones in a column that becomes anything but words."""
_TOLD = 5
_PIECE = 1_000
_CUSTOMERS = cast("Table", Customer.__table__)


class UnfitValuesError(FieldError):
    """What stands in the column is not of this kind; `fits_not` has some of it."""

    code = "field.unfit_values"
    title = N_("Not all that stands in this column is of this kind.")

    def __init__(self, *fits_not: str) -> None:
        super().__init__(", ".join(fits_not))
        self.fits_not = fits_not


class TooManyValuesError(FieldError):
    """A list of choices has an end."""

    code = "field.too_many_values"
    title = N_("Too many different values stand in this column for this kind.")


def field_for(definition: CustomField | None) -> Field:
    """Return how a column of customers is read; one that no field has is kept as it is."""
    if definition is None:
        return Field(values.text(LONGEST_TEXT))
    return Field(_PARSERS[definition.kind](definition), definition.is_required, empty=None)


def adopt_column(
    *,
    access: Access,
    column: str,
    kind: FieldKind,
    label: str,
    label_id: str,
    at: dt.datetime,
) -> FieldRow:
    """
    Define a field for a column that imports have kept; what stands in it becomes its values.

    :raises NotFoundError: if no customer has anything in it
    :raises UnfitValuesError: if something that stands in it is not of this kind
    :raises FieldError: if there can be no such field
    :raises TooManyFieldsError: if there are thirty in use
    """
    found = kept_values(access=access, column=column, most=MOST_VALUES + 1)
    if not found:
        raise NotFoundError
    texts = [each.text for each in found if each.text]
    most = MOST_CHOICES if kind is FieldKind.CHOICE else MOST_VALUES
    if len(texts) > most and kind is not FieldKind.TEXT:
        raise TooManyValuesError
    names = {_word(text): text for text in reversed(texts)}
    row = add_field(
        kind=kind,
        draft=Draft(
            label=label,
            label_id=label_id,
            choices=[ChoiceDraft(name=name) for name in names.values()],
        ),
        at=at,
        by=access.user_id,
        key=column,
    )
    become: dict[str, Any] = {"": None}
    if kind is not FieldKind.TEXT:
        become |= _converted(row.definition, texts)
    if len(become) > 1 or len(texts) < len(found):  # words stay, but for those of empty cells
        _convert(access, column, become, at=at)
    return row


def _converted(definition: CustomField, texts: Sequence[str]) -> dict[str, Any]:
    become, unfit = {}, []
    for text in texts:
        try:
            become[text] = _value_of(definition, text)
        except (InvalidRecordError, BadValueError):
            unfit.append(text)
    if unfit:
        raise UnfitValuesError(*unfit[:_TOLD])
    return become


def _value_of(definition: CustomField, text: str) -> Any:
    if definition.kind is FieldKind.CHOICE:
        return _choice(definition)(text, _PLAIN)
    if definition.kind is FieldKind.YES_NO:
        return values.truth(text, _PLAIN)
    return read(definition, text)


def _convert(access: Access, column: str, become: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Write values for texts; a text that becomes nothing is taken out."""
    after = BEFORE_ALL
    while piece := rows_with(access=access, column=column, after=after, most=_PIECE):
        changed = list(_changed(piece, column, become, at))
        update_all(_CUSTOMERS, changed)
        record_changed("customer", *[row["id"] for row in changed])
        after = piece[-1].id


def _changed(
    piece: Sequence[Any], column: str, become: Mapping[str, Any], at: dt.datetime
) -> Iterator[dict[str, Any]]:
    for customer_id, own, version, field_versions in piece:
        text = str(own[column])
        value = become.get(text, text)
        if value == text:
            continue
        others = {key: each for key, each in own.items() if key != column}
        yield {
            "id": customer_id,
            "custom_fields": others if value is None else others | {column: value},
            "version": version + 1,
            "field_versions": field_versions | {PREFIX + column: version + 1},
            "updated_at": at,
        }


_PLAIN = Formats(currency="")


def _text(_field: CustomField) -> values.Parse:
    return values.text(LONGEST_TEXT)


def _whole(_field: CustomField) -> values.Parse:
    return values.whole(-LARGEST_NUMBER, LARGEST_NUMBER)


def _decimal(field: CustomField) -> values.Parse:
    def parse(raw: str, formats: Formats) -> object:
        try:
            return check(field, float(values.number(raw, formats)))
        except InvalidRecordError as error:
            raise BadValueError("too_large") from error

    return parse


def _day(_field: CustomField) -> values.Parse:
    return lambda raw, formats: values.day(raw, formats).isoformat()


def _yes_no(_field: CustomField) -> values.Parse:
    return values.truth


def _choice(field: CustomField) -> values.Parse:
    """Return a parser of choices by key or by name in either language, retired ones too."""
    keys: dict[str, str] = {}
    for choice in field.choices:
        for word in filter(None, (choice.name, choice.name_id, choice.key)):
            keys.setdefault(_word(word), choice.key)

    def parse(raw: str, _formats: Formats) -> str:
        key = keys.get(_word(raw))
        if key is None:
            raise BadValueError("not_in_list")
        return key

    return parse


def _word(text: str) -> str:
    """Return a name as it is compared: small letters and single spaces."""
    return " ".join(text.split()).casefold()


_PARSERS: Mapping[FieldKind, Callable[[CustomField], values.Parse]] = {
    FieldKind.TEXT: _text,
    FieldKind.WHOLE: _whole,
    FieldKind.DECIMAL: _decimal,
    FieldKind.DAY: _day,
    FieldKind.YES_NO: _yes_no,
    FieldKind.CHOICE: _choice,
}
