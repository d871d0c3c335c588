"""Wire format of a visit."""

from typing import Any

from marshmallow import ValidationError, fields

from shared.schemas.limits import LONGEST_ANSWER
from shared.schemas.record import RecordSchema, choice, is_plain, record_id, text
from shared.sync.ids import is_id
from shared.vocabulary import NoSaleReason, VisitState

LONGEST_NOTES = 10_000
LARGEST_NUMBER = 1e12
MOST_QUESTIONS = 100
MOST_OPTIONS = 50


class FormAnswers(fields.Field[dict[str, Any]]):
    """Answers to the visit form, by question. `shared.visit_form` judges them by their question."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - the base class asks for it
        data: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("invalid")
        if len(value) > MOST_QUESTIONS:
            raise ValidationError("too_many")
        if not all(isinstance(key, str) and is_id(key) for key in value):
            raise ValidationError("not_an_id")
        if not all(map(_is_answer, value.values())):
            raise ValidationError("invalid")
        return value


def _is_answer(value: Any) -> bool:
    match value:
        case bool():
            return True
        case int() | float():
            return abs(value) <= LARGEST_NUMBER  # no NaN is
        case str():
            return len(value) <= LONGEST_ANSWER and is_plain(value)
        case list():
            return len(value) <= MOST_OPTIONS and all(
                isinstance(each, str) and _is_answer(each) for each in value
            )
        case _:
            return False


class VisitSchema(RecordSchema):
    """A call at a customer. Its times and its verdict come from the evidence, not from here."""

    customer_id = record_id(required=True)
    stop_id = record_id(nullable=True)
    time_zone = text(40, required=True, shortest=1)
    notes = text(LONGEST_NOTES)


class VisitPatchSchema(RecordSchema):
    """What the rep may change afterwards."""

    notes = text(LONGEST_NOTES)
    no_sale_reason = choice(NoSaleReason, nullable=True)
    form_answers = FormAnswers(error_messages={"null": "missing"})
    state = choice([VisitState.CANCELLED])
    cancel_reason = text(1_000, shortest=1)
