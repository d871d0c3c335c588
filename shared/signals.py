"""What may be worth a look in a rep's day, in words that office and rep read alike."""

from dataclasses import dataclass
from enum import StrEnum

from shared.i18n import N_

LONGEST_TEXT = 2000
"""Of an answer, and of the reason of a decision."""


class Rule(StrEnum):
    """What may be worth a look. `server/signals/operations/rules.py` says when."""

    MOCK_LOCATION = "mock_location"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    CLOCK_TAMPERED = "clock_tampered"
    FROZEN_FIX = "frozen_fix"
    TOO_SHORT = "too_short"
    TOO_MANY = "too_many"
    TWO_PLACES = "two_places"
    FAR_CHECKOUT = "far_checkout"
    LOCATION_MOVED = "location_moved"
    REPLAYED_PHOTO = "replayed_photo"
    CHAIN_BROKEN = "chain_broken"
    VERDICT_DIFFERS = "verdict_differs"


class Decision(StrEnum):
    """What a person decided after looking."""

    EXPLAINED = "explained"
    CONFIRMED = "confirmed"


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
        N_(
            "%(fixes)s positions within %(minutes)s minutes, or their altitudes and accuracies, "
            "are the same to the last digit."
        ),
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
    Rule.VERDICT_DIFFERS: RuleText(
        N_("Phone and office judge differently"),
        N_(
            "At %(moments)s moments of this visit the phone showed another verdict than its own "
            "records give."
        ),
        N_("An app of another version than the office's works it out a little differently."),
    ),
}

DECISIONS = {
    Decision.EXPLAINED: N_("Explained"),
    Decision.CONFIRMED: N_("Not as recorded"),
}
