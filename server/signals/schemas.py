"""What the signals endpoints take and give, and what each rule is in words."""

from flask_babel import format_decimal, gettext
from marshmallow import Schema, fields, validate

from server.platform.paging import PageQuerySchema, PageSchema
from server.signals.queries import SignalRow
from shared.signals import LONGEST_TEXT, RULES, Decision, Rule

MOST_AT_ONCE = 200
"""Signals in one decision."""


def sentence_of(signal: SignalRow) -> str:
    """Return what was seen, in the language of the request."""
    numbers = {
        name: format_decimal(value) if isinstance(value, int) else value
        for name, value in signal.inputs.items()
    }
    return gettext(RULES[signal.rule].sentence, **numbers)


class SignalQuerySchema(PageQuerySchema):
    """Which signals."""

    decided = fields.Boolean()
    rule = fields.Enum(Rule, by_value=True)
    rep = fields.UUID()


class SignalSchema(Schema):
    """A signal with its review."""

    id = fields.String()
    rule = fields.Enum(Rule, by_value=True)
    sentence = fields.Function(sentence_of)
    inputs = fields.Dict()
    rep_id = fields.String()
    rep_name = fields.String()
    day = fields.Date()
    visit_id = fields.String(allow_none=True)
    raised_at = fields.DateTime()
    answer = fields.String()
    answered_at = fields.DateTime(allow_none=True)
    decision = fields.Enum(Decision, by_value=True, allow_none=True)
    reason = fields.String()
    decided_by = fields.String(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)


class SignalPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(SignalSchema))


class AnswerSchema(Schema):
    """The rep's answer."""

    answer = fields.String(required=True, validate=validate.Length(1, LONGEST_TEXT))


class DecisionSchema(Schema):
    """A manager's decision; its reason is kept."""

    decision = fields.Enum(Decision, by_value=True, required=True)
    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_TEXT))


class DecisionsSchema(DecisionSchema):
    """One decision about several signals."""

    signals = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
