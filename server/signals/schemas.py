"""What the signals endpoints take and give, and what each rule is in words."""

from dataclasses import dataclass

from flask_babel import gettext
from marshmallow import Schema, fields, validate

from server.platform.paging import PageSchema
from server.signals.models import Decision, Rule
from server.signals.queries import SignalRow
from shared.i18n import N_

LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as people read it; English source texts."""

    name: str
    sentence: str
    """With the names of the signal's inputs."""
    causes: str
    """What often causes it honestly."""


RULES = {
    Rule.MOCK_LOCATION: RuleText(
        N_("Simulated position"),
        N_("The phone called %(mocked)s of %(of)s positions simulated."),
        N_("Some phones keep a test setting of a repair shop or of another app switched on."),
    ),
    Rule.IMPOSSIBLE_TRAVEL: RuleText(
        N_("Too far in too little time"),
        N_(
            "%(distance_km)s km lie between two positions, and %(minutes)s minutes. That is faster "
            "than %(limit_kmh)s km/h."
        ),
        N_("The first position after a tunnel, a ferry or a flight can be an old one."),
    ),
    Rule.CLOCK_TAMPERED: RuleText(
        N_("Clock contradicts other records"),
        N_("%(times)s times of this visit contradict the server's or the satellites' clock."),
        N_("An empty battery sets the clock of some phones back, and so does a wrong time zone."),
    ),
    Rule.FROZEN_FIX: RuleText(
        N_("Position never trembles"),
        N_("%(fixes)s positions within %(minutes)s minutes are the same to the last digit."),
        N_("Power saving repeats the last position, and so does a phone left in a car indoors."),
    ),
    Rule.TOO_SHORT: RuleText(
        N_("Very short visits"),
        N_("%(visits)s visits of the day lasted less than %(minutes)s minutes."),
        N_("Closed shops, deliveries only, or visits entered after the fact."),
    ),
    Rule.TOO_MANY: RuleText(
        N_("Very many visits"),
        N_("%(visits)s check-ins lie within one hour."),
        N_("A market hall with stall next to stall."),
    ),
    Rule.TWO_PLACES: RuleText(
        N_("In two places at once"),
        N_("Visits overlap by %(minutes)s minutes; phones in turns: %(phones)s."),
        N_("A forgotten check-out, or a second phone while the first was charging."),
    ),
    Rule.FAR_CHECKOUT: RuleText(
        N_("Check-out far away"),
        N_(
            "The check-out was %(distance_m)s m from the customer; fence and check-in allow "
            "%(allowed_m)s m."
        ),
        N_("The rep remembered to check out only on the way to the next customer."),
    ),
    Rule.LOCATION_MOVED: RuleText(
        N_("Customer's point was moved"),
        N_("The customer's point on the map was replaced within %(hours)s hours of the check-in."),
        N_("The old point was wrong, and somebody corrected it because of this visit."),
    ),
    Rule.REPLAYED_PHOTO: RuleText(
        N_("Photo used before"),
        N_(
            "The very same picture was made, or recorded at another visit, %(hours)s hours before "
            "it was recorded here."
        ),
        N_("A phone whose date is wrong writes a wrong date into its pictures."),
    ),
    Rule.CHAIN_BROKEN: RuleText(
        N_("Records do not follow on each other"),
        N_(
            "The phone sent %(records)s records that do not follow on those it sent before. "
            "They are kept apart and count for nothing."
        ),
        N_("The phone was restored from a backup, or its data were copied to a new phone."),
    ),
}

DECISIONS = {
    Decision.EXPLAINED: N_("Explained"),
    Decision.CONFIRMED: N_("Not as recorded"),
}


def sentence_of(signal: SignalRow) -> str:
    """Return what was seen, in the language of the request."""
    return gettext(RULES[signal.rule].sentence, **signal.inputs)


class SignalQuerySchema(Schema):
    """Which signals."""

    decided = fields.Boolean()
    rep = fields.UUID()
    page = fields.Integer(validate=validate.Range(min=1), load_default=1)
    size = fields.Integer(validate=validate.Range(1, 500), load_default=50)


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
