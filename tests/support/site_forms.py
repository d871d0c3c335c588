"""Every form of the manager site: how two people get in each other's way, and what it refuses."""

from collections.abc import Callable
from dataclasses import dataclass, field

from server.customers.models import Customer
from server.expenses.operations import change_expense
from server.platform.access import Access
from server.platform.database import db
from server.signals.operations import review
from shared.time import utc_now
from shared.vocabulary import Role
from tests.factories.visits import MONDAY_9

MARCH = "2026-03-01"
# Not typed: names of buttons, boxes and lists.
BUTTONS = frozenset(
    ["base", "decision", "expense", "old", "rep", "seen", "signal", "stage", "state", "tile"]
)


@dataclass(frozen=True)
class Edit:
    """A form, and what two people type into it who both opened it before either sent it."""

    page: str
    second: dict[str, str]
    action: str = ""
    """Empty: the page itself."""
    first: dict[str, str] = field(default_factory=dict)
    first_page: str = ""
    """Where the first one changes the row, if by another form; of that one the fields are."""
    first_action: str = ""
    meanwhile: Callable[[dict[str, str]], object] | None = None
    """What happens instead, elsewhere, with the places."""
    who: str = "admin"


def _name(text: str) -> dict[str, str]:
    return {"name": text}


def _moves_the_shop(places: dict[str, str]) -> None:
    shop = db.session.get_one(Customer, places["corner"])
    shop.change({"latitude": -6.2, "location_version": shop.location_version + 1}, at=utc_now())


def _is_another_reps(places: dict[str, str]) -> None:
    kiosk = db.session.get_one(Customer, places["kiosk"])
    other = "sari" if kiosk.owner_id == places["rina"] else "rina"
    kiosk.change({"owner_id": places[other]}, at=utc_now())


def _comes_back(places: dict[str, str]) -> None:
    away = db.session.get_one(Customer, places["away"])
    away.change({"owner_id": places["sari"], "closed_on": None}, at=utc_now())


def _answers(places: dict[str, str]) -> None:
    access = Access(user_id=places["sari"], role=Role.REP)
    review.answer(access=access, signal_id=places["signal"], text="I forgot.", at=utc_now())


def _costs_more(places: dict[str, str]) -> None:
    change_expense(
        expense_id=places["expense"],
        rep_id=places["sari"],
        fields={"amount_minor": 90_000_00},
        at=utc_now(),
        today=MONDAY_9.date(),
    )


EDITS = {
    "settings": Edit("/settings", _name("Second"), first=_name("First")),
    "person": Edit("/users/{joko}", _name("Second"), first=_name("First")),
    "person let go": Edit(
        "/users/{rina}", {}, "/users/{rina}/active", _name("First"), "/users/{rina}"
    ),
    "working time": Edit(
        "/users/{sari}",
        {"start_on": "2026-01-05", "percent": "80"},
        "/users/{sari}/working-time",
        {"start_on": "2026-01-05", "percent": "50"},
    ),
    "team": Edit("/teams/{east}", _name("Second"), first=_name("First")),
    "team archived": Edit(
        "/teams", {}, "/teams/{west}/archive", _name("Far west"), "/teams/{west}"
    ),
    "product": Edit("/products/{tea}", _name("Second"), first=_name("First")),
    "product archived": Edit(
        "/products", {}, "/products/{rice}/active", _name("Red rice"), "/products/{rice}"
    ),
    "customer": Edit("/customers/{shop}/edit", _name("Second"), first=_name("First")),
    "customer given": Edit(
        "/customers/{kiosk}", {"rep": "{sari}"}, "/customers/owners", {"rep": "{joko}"}
    ),
    "customer closed": Edit(
        "/customers/{kiosk}", {}, "/customers/closing", meanwhile=_is_another_reps
    ),
    "customer brought back": Edit(
        "/customers/{away}", {"rep": "{sari}"}, "/customers/reopening", meanwhile=_comes_back
    ),
    "merge": Edit(
        "/customers/{corner}/merge?with={kiosk}",
        {},
        "/customers/{corner}/merge",
        _name("Kiosk Two"),
        "/customers/{kiosk}/edit",
    ),
    "cost": Edit("/costs/{cost}", {"note": "Second"}, first={"note": "First"}),
    "cost deleted": Edit(
        "/costs", {}, "/costs/{cost}/deletion", {"note": "Third"}, "/costs/{cost}"
    ),
    "rate": Edit("/exchange-rates/{rate}", {"source": "Second"}, first={"source": "First"}),
    "rate deleted": Edit(
        "/exchange-rates",
        {},
        "/exchange-rates/{rate}/deletion",
        {"source": "Third"},
        "/exchange-rates/{rate}",
    ),
    "holiday": Edit("/holidays?year=2026", {}, "/holidays/2026-03-04/remove"),
    "stages": Edit(
        "/pipeline/setup",
        {"name-proposal": "Second"},
        "/pipeline/setup/stages",
        {"name-proposal": "First"},
    ),
    "reasons": Edit(
        "/pipeline/setup",
        {"reasons": "Second"},
        "/pipeline/setup/reasons",
        {"reasons": "Price\nOther"},
    ),
    "reason renamed": Edit(
        "/pipeline/setup",
        {"old": "Price", "new": "Second"},
        "/pipeline/setup/reasons/name",
        {"old": "Price", "new": "First"},
    ),
    "sources": Edit(
        "/pipeline/setup",
        {"sources": "Second"},
        "/pipeline/setup/sources",
        {"sources": "Fair\nRadio"},
    ),
    "source renamed": Edit(
        "/pipeline/setup",
        {"old": "Fair", "new": "Second"},
        "/pipeline/setup/sources/name",
        {"old": "Fair", "new": "First"},
    ),
    "own KPI": Edit("/definitions/{definition}", _name("Second"), first=_name("First")),
    "own KPI archived": Edit(
        "/definitions",
        {},
        "/definitions/{definition}/archive",
        _name("Third"),
        "/definitions/{definition}",
    ),
    "question": Edit("/visit-form/{question}", {"text": "Second"}, first={"text": "First"}),
    "question moved": Edit("/visit-form", {}, "/visit-form/{question}/move"),
    "question retired": Edit(
        "/visit-form",
        {},
        "/visit-form/{question}/retire",
        {"text": "Third"},
        "/visit-form/{question}",
    ),
    "custom field": Edit("/custom-fields/{field}", {"label": "Second"}, first={"label": "First"}),
    "custom field moved": Edit("/custom-fields", {}, "/custom-fields/{field}/move"),
    "custom field archived": Edit(
        "/custom-fields",
        {},
        "/custom-fields/{field}/archive",
        {"label": "Third"},
        "/custom-fields/{field}",
    ),
    "fence rules": Edit("/fences", {"class-A": "block"}, first={"class-A": "warn"}),
    "alert rules": Edit(
        "/alerts/rules", {"threshold-not_synced": "72"}, first={"threshold-not_synced": "48"}
    ),
    "own addresses": Edit(
        "/alerts/rules", {"email": "b@example.com"}, first={"email": "a@example.com"}, who="budi"
    ),
    "targets": Edit(
        f"/targets?month={MARCH}",
        {f"t-{{sari}}-{MARCH}": "300"},
        "/targets",
        {f"t-{{sari}}-{MARCH}": "100"},
    ),
    "ramp": Edit(
        "/targets",
        {"start_on": "2026-01-01", "percents": "10"},
        "/targets/ramp",
        {"start_on": "2026-01-01", "percents": "25, 50"},
    ),
    "dashboard": Edit("/dashboards/{dashboard}", _name("Second"), first=_name("First")),
    "dashboard deleted": Edit(
        "/dashboards/{dashboard}",
        {},
        "/dashboards/{dashboard}/delete",
        _name("Third"),
        "/dashboards/{dashboard}",
    ),
    "filter deleted": Edit(
        "/visits?verdict=outside",
        {},
        "/saved-filters/{filter}/delete",
        _name("Outside"),
        "/visits?verdict=inside",
        "/saved-filters",
    ),
    "expense approved": Edit(
        "/expenses",
        {"decision": "approved", "expense": "{expense}.1", "reason": "Second"},
        "/expenses/decisions",
        meanwhile=_costs_more,
    ),
    "expense reopened": Edit(
        "/expenses",
        {"expense": "{parking}.2"},
        "/expenses/reopening",
        {"expense": "{parking}.2"},
    ),
    "signal": Edit(
        "/signals/{signal}",
        {"decision": "confirmed", "reason": "Second"},
        "/signals/{signal}/decision",
        meanwhile=_answers,
    ),
    "signal decided": Edit(
        "/signals/{second_signal}",
        {"decision": "confirmed", "reason": "Second"},
        "/signals/{second_signal}/decision",
        {"decision": "explained", "reason": "First"},
    ),
    "signals": Edit(
        "/signals",
        {"decision": "confirmed", "reason": "Second", "signal": "{fourth_signal}.{unanswered}"},
        "/signals/decisions",
        {"decision": "explained", "reason": "F", "signal": "{fourth_signal}.{unanswered}"},
    ),
    "signal answered": Edit(
        "/signals/{third_signal}",
        {"answer": "Second"},
        "/signals/{third_signal}/answer",
        {"answer": "First"},
        who="sari",
    ),
    "task": Edit("/tasks", {"state": "cancelled"}, "/tasks/{task}", {"rep": "{joko}"}),
    "proposed point": Edit(
        "/customers/proposals",
        {"decision": "approve", "reason": "Second"},
        "/customers/proposals/{proposal}",
        meanwhile=_moves_the_shop,
    ),
    "deal": Edit("/deals/{sale}/edit", {"title": "Second"}, first={"title": "First"}),
    "deal moved": Edit(
        "/deals/{deal}",
        {"stage": "lost", "reason": "Second"},
        "/deals/{deal}/stage",
        {"stage": "negotiation"},
    ),
    "deal voided": Edit(
        "/deals/{deal}",
        {},
        "/deals/{deal}/void",
        {"stage": "opportunity"},
        "/deals/{deal}",
        "/deals/{deal}/stage",
    ),
    "kind of sale": Edit(
        "/deals/{sale}", {"type": "repeat"}, "/deals/{sale}/type", {"type": "upsell"}
    ),
    "deal moved back": Edit(
        "/deals/{deal}",
        {},
        "/deals/{deal}/undo",
        {"stage": "lead"},
        "/deals/{deal}",
        "/deals/{deal}/stage",
    ),
    "plan": Edit(
        "/plans?rep={sari}&week={week}",
        {"customer": "{corner}", "day": "{week}"},
        "/plans/{sari}/{week}",
        {"customer": "{shop}", "day": "{week}"},
    ),
}

REFUSED = {
    "settings": ("/settings", "", {"name": "Kept words", "geofence_radius_m": "-1"}),
    "new person": ("/users/new", "", {"name": "Kept words", "code": "", "time_zone": "Moon"}),
    "person": ("/users/{sari}", "", {"name": "Kept words", "time_zone": "Moon"}),
    "working time": (
        "/users/{sari}",
        "/users/{sari}/working-time",
        {"start_on": "2019-05-05", "percent": "731"},
    ),
    "new team": ("/teams/new", "", {"name": "Kept words", "code": ""}),
    "team": ("/teams/{east}", "", {"name": "Kept words", "code": ""}),
    "new product": ("/products/new", "", {"name": "Kept words", "price": "much"}),
    "product": ("/products/{tea}", "", {"name": "Kept words", "price": "much"}),
    "customer": ("/customers/{shop}/edit", "", {"notes": "Kept words", "radius_m": "1"}),
    "new customer": (
        "/customers/new",
        "",
        {"name": "Kept words", "point": "Monas", "code": "K-1", "radius_m": "1"},
    ),
    "customer like another": (
        "/customers/new",
        "",
        {"name": "Toko Away", "notes": "Kept words"},
    ),
    "new cost": ("/costs/new", "", {"note": "Kept words", "amount": "-3"}),
    "cost": ("/costs/{cost}", "", {"note": "Kept words", "amount": "-3"}),
    "new rate": ("/exchange-rates", "", {"source": "Kept words", "rate": "many"}),
    "rates of days": (
        "/exchange-rates",
        "/exchange-rates/conversion",
        {"first": "2026-03-09", "last": "2026-03-01"},
    ),
    "rate": ("/exchange-rates/{rate}", "", {"source": "Kept words", "rate": "many"}),
    "holiday": ("/holidays", "/holidays", {"name": "Kept words", "day": "1999-01-01"}),
    "stages": (
        "/pipeline/setup",
        "/pipeline/setup/stages",
        {"name-lead": "Kept words", "percent-proposal": "731"},
    ),
    "reasons": ("/pipeline/setup", "/pipeline/setup/reasons", {"reasons": "Kept words" * 20}),
    "reason renamed": (
        "/pipeline/setup",
        "/pipeline/setup/reasons/name",
        {"old": "Other", "new": "Kept words" * 15},
    ),
    "new KPI": ("/definitions/new", "", {"name": "Kept words", "formula": "x +"}),
    "own KPI": ("/definitions/{definition}", "", {"name": "Kept words", "formula": "x +"}),
    "new question": (
        "/visit-form/new",
        "",
        {"text": "Kept words", "kind": "number", "low": "9", "high": "1"},
    ),
    "question": (
        "/visit-form/{question}",
        "",
        {"text": "Kept words", "kind": "number", "low": "9", "high": "1"},
    ),
    "column of imports": (
        "/custom-fields/columns/Old code",
        "/custom-fields/columns/Old code",
        {"label_id": "Kept words", "kind": "whole"},
    ),
    "new custom field": ("/custom-fields/new", "", {"label": "Kept words", "kind": "choice"}),
    "custom field": ("/custom-fields/{field}", "", {"label": " ", "hint": "Kept words"}),
    "check-in code": (
        "/fences/codes?rep={sari}",
        "/fences/codes/{sari}",
        {"customer": "{shop}", "reason": " "},
    ),
    "check-in code with a long reason": (
        "/fences/codes?rep={sari}",
        "/fences/codes/{sari}",
        {"customer": "{shop}", "reason": "Kept words " * 60 + "."},
    ),
    "alert rules": ("/alerts/rules", "", {"email": "kept@", "threshold-not_synced": "0"}),
    "targets": (f"/targets?month={MARCH}", "/targets", {f"t-{{joko}}-{MARCH}": "Kept words"}),
    "ramp": ("/targets", "/targets/ramp", {"start_on": "2019-05-05", "percents": "Kept words"}),
    "new dashboard": ("/dashboards/new", "", {"name": "Kept words", "tile": "none"}),
    "dashboard": ("/dashboards/{dashboard}", "", {"name": "", "size-calls": "4"}),
    "expenses": (
        "/expenses",
        "/expenses/decisions",
        {"decision": "approved", "reason": "Kept words"},
    ),
    "task": ("/tasks", "/tasks", {"title": " ", "note": "Kept words", "due_on": "2026-05-05"}),
    "task on no day": ("/tasks", "/tasks", {"title": "Kept words", "due_on": "2026-02-30"}),
    "long task": ("/tasks", "/tasks", {"title": "Kept words " * 40 + "."}),
    "proposed point": (
        "/customers/proposals",
        "/customers/proposals/{other_proposal}",
        {"decision": "approve", "reason": "Kept words", "base": "0"},
    ),
    "deal": ("/deals/{deal}", "/deals/{deal}/stage", {"stage": "no such", "reason": "Kept words"}),
    "new deal": (
        "/deals/new",
        "",
        {"note": "Kept words", "amount": "-3", "product-0": "NONE", "price-0": "Kept words"},
    ),
    "corrected deal": ("/deals/{deal}/edit", "", {"note": "Kept words", "quantity-0": "2.5"}),
    "rejudgement": (
        "/customers/{shop}/rejudge?period=custom&from=2026-03-01&to=2026-03-31",
        "/customers/{shop}/rejudge",
        {"reason": "Kept words", "seen": "other"},
    ),
}
# What a button says whatever there was before, and what makes something new of nothing typed.
SAYS_ALL = {
    "/account/password",  # by the present one; what is typed of passwords is never shown again
    "/account/sessions",
    "/conflicts/<uuid:device_id>/<int:sequence>/state",
    "/customers/duplicates/different",
    "/exchange-rates/<uuid:rate_id>/conversion",
    "/first-steps/dismiss",
    "/imports",
    "/invitation/<token>",
    "/language",
    "/plans/teams",
    *(f"/plans/{owner}/<day>/rules" for owner in ("<uuid:rep_id>", "teams/<uuid:team_id>")),
    "/saved-filters",  # the filters that had the name before can be had back
    "/sign-in",
    "/sign-out",
    "/users/<uuid:user_id>/enrolment-code",
    "/users/<uuid:user_id>/invitation",
}
# What notices and histories take back, or two press at once: test_undo.py, those of the features.
TAKES_BACK = {
    "/alerts/<uuid:alert_id>/acknowledge",
    "/devices/<uuid:device_id>/revoke",
    "/devices/<uuid:device_id>/wipe",
    "/costs/<uuid:cost_id>/restoration",
    "/customers/<uuid:customer_id>/rejudgements/<uuid:rejudgement_id>/undo",
    "/custom-fields/<uuid:field_id>/undo",
    "/customers/<uuid:customer_id>/undo",
    "/customers/<uuid:customer_id>/entering/undo",
    "/customers/closing/undo",
    "/customers/reopening/undo",
    "/customers/owners/undo",
    "/customers/merges/<uuid:merge_id>/undo",
    "/customers/proposals/<uuid:proposal_id>/reopening",
    "/definitions/<key>/undo",
    "/deals/<uuid:deal_id>/edit/undo",
    "/deals/<uuid:deal_id>/restore",
    "/exchange-rates/<uuid:rate_id>/restoration",
    "/exchange-rates/conversions/<uuid:conversion_id>/undo",
    "/fences/undo",
    "/holidays/<day>/restore",
    "/imports/<uuid:run_id>/undo",
    "/signals/<uuid:signal_id>/reopening",
    "/signals/undo",
    "/targets/ramp/undo",
    "/targets/undo",
    "/teams/<uuid:team_id>/undo",
    "/users/<uuid:user_id>/working-time/undo",
    "/visit-form/<uuid:key>/restore",
    "/visit-form/<uuid:key>/undo",
}
