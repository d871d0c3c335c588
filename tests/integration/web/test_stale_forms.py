"""Every form of the site: a stale one overwrites nothing and says so; what was typed is kept."""

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.calendar.operations import add_holiday
from server.costs.models import Cost
from server.currencies.models import ExchangeRate
from server.customers.models import Customer
from server.customers.operations import propose_location
from server.definitions.models import OwnMetric
from server.expenses.operations import change_expense
from server.forms.models import FormQuestion
from server.platform.access import Access
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from server.platform.versioned import fingerprint
from server.saved.models import SavedView, ViewKind
from server.signals.models import Signal
from server.signals.operations import review
from shared.signals import Rule
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import Role
from tests.factories.company import Company, add_customer, found_company, sign_in
from tests.factories.visits import MONDAY_9, record_visit, take_order
from tests.integration.expenses.test_expenses import record as record_expense
from tests.integration.tasks.test_tasks import add as add_task
from tests.support.databases import SqliteTemplate
from tests.support.forms import form_to, forms_of, send

MARCH = "2026-03-01"
TOLD = re.compile(
    "in the meantime|meanwhile|ha(s|ve) (decided|answered) already|not waiting for a decision"
    "|There is a target"
)
OF_THE_REQUEST = {"csrf_token", "once"}
# Not typed: names of buttons, boxes and lists.
BUTTONS = frozenset(
    ["base", "decision", "expense", "old", "rep", "seen", "signal", "stage", "state", "tile"]
)


@dataclass(frozen=True)
class Office:
    """A company with a row of every kind, and where the rows are."""

    app: Flask
    places: dict[str, str]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, who: str = "admin") -> FlaskClient:
        """Return a browser of a person."""
        if who not in self.clients:
            self.clients[who] = sign_in(self.app.test_client(), who)
        return self.clients[who]


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
    "check-in code": (
        "/fences/codes?rep={sari}",
        "/fences/codes/{sari}",
        {"customer": "{shop}", "reason": " "},
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
    "proposed point": (
        "/customers/proposals",
        "/customers/proposals/{other_proposal}",
        {"decision": "approve", "reason": "Kept words", "base": "0"},
    ),
    "deal": ("/deals/{deal}", "/deals/{deal}/stage", {"stage": "no such", "reason": "Kept words"}),
    "rejudgement": (
        "/customers/{shop}/rejudge?period=custom&from=2026-03-01&to=2026-03-31",
        "/customers/{shop}/rejudge",
        {"reason": "Kept words", "seen": "other"},
    ),
}
# What a button says whatever there was before, and what makes something new of nothing typed.
SAYS_ALL = {
    "/conflicts/<uuid:device_id>/<int:sequence>/state",
    "/customers/duplicates/different",
    "/exchange-rates/<uuid:rate_id>/conversion",
    "/first-steps/dismiss",
    "/imports",
    "/invitation/<token>",
    "/language",
    "/plans/teams",
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
    "/customers/<uuid:customer_id>/undo",
    "/customers/merges/<uuid:merge_id>/undo",
    "/customers/proposals/<uuid:proposal_id>/reopening",
    "/deals/<uuid:deal_id>/restore",
    "/exchange-rates/<uuid:rate_id>/restoration",
    "/exchange-rates/conversions/<uuid:conversion_id>/undo",
    "/fences/undo",
    "/holidays/<day>/restore",
    "/signals/<uuid:signal_id>/reopening",
    "/signals/undo",
    "/targets/ramp/undo",
    "/targets/undo",
    "/users/<uuid:user_id>/working-time/undo",
    "/visit-form/<uuid:key>/restore",
}


@pytest.fixture(scope="module")
def office(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with sqlite_template.app(tmp_path_factory.mktemp("office")) as app:
        with app.app_context(), transaction():
            company = found_company()
            places = vars(company) | _rows(company)
        office = Office(app, places)
        client = office.client()
        approved = {"decision": "approved", "expense": f"{places['parking']}.1"}
        deal = f"/deals/{places['deal']}"
        for page, action, typed in (
            ("/expenses", "/expenses/decisions", approved),
            (deal, f"{deal}/stage", {"stage": "proposal"}),
            ("/costs/new", "", {"amount": "250000", "note": "Fair"}),
            ("/exchange-rates", "", {"currency": "USD", "rate": "16250", "day": "2026-03-02"}),
            ("/pipeline/setup", "/pipeline/setup/reasons", {"reasons": "Price"}),
            ("/pipeline/setup", "/pipeline/setup/sources", {"sources": "Fair"}),
            (
                "/definitions/new",
                "",
                {"name": "Orders per call", "formula": "won_deals / calls", "unit": "count"},
            ),
            ("/visit-form/new", "", {"text": "Shelf?", "kind": "yes_no"}),
            ("/visit-form/new", "", {"text": "Rival?", "kind": "yes_no"}),
            ("/dashboards/new", "", {"name": "Morning", "tile": "calls"}),
            ("/visits?verdict=outside", "/saved-filters", {"name": "Outside"}),
        ):
            answer = send(client, page, action, **typed)
            assert answer.status_code == 200, answer.text
        with app.app_context():
            places |= {
                "cost": _one(Cost.id),
                "rate": _one(ExchangeRate.id),
                "definition": _one(OwnMetric.key),
                "question": _one(FormQuestion.key, FormQuestion.text == "Rival?"),
                "dashboard": _one(SavedView.id, SavedView.kind == ViewKind.DASHBOARD),
                "filter": _one(SavedView.id, SavedView.kind == ViewKind.FILTER),
            }
        yield office


def _rows(company: Company) -> dict[str, str]:
    """Add what no form of the site makes."""
    places = {
        "corner": add_customer("Corner", owner_id=company.sari, team_id=company.east),
        "expense": record_expense(company, "sari", 50_000_00),
        "parking": record_expense(company, "sari", 5_000_00),
        "task": add_task(company, "Collect the payment"),
        "signal": new_id(),
        "second_signal": new_id(),
        "third_signal": new_id(),
        "fourth_signal": new_id(),
        "unanswered": fingerprint(""),
        "proposal": new_id(),
        "other_proposal": new_id(),
        "week": (business_today() + dt.timedelta(7 - business_today().weekday())).isoformat(),
    }
    visit = record_visit(rep_id=company.sari, customer_id=company.shop, metres_away=480)
    db.session.get_one(Customer, company.shop).radius_m = 600
    places["deal"], places["sale"] = (
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=25,
            unit_price_minor=500_000,
            visit_id=visit_id,
        )
        for visit_id in (visit, None)
    )
    for proposal in ("proposal", "other_proposal"):
        propose_location(
            proposal_id=places[proposal],
            customer_id=places["corner"],
            rep_id=company.sari,
            latitude=-6.179,
            longitude=106.8272,
            accuracy_m=12.0,
            at=utc_now(),
        )
    db.session.add_all(
        Signal(
            id=places[name],
            key=f"mock_location {name}",
            rule=Rule.MOCK_LOCATION,
            rep_id=company.sari,
            team_id=company.east,
            day=MONDAY_9.date(),
            visit_id=visit,
            inputs={"mocked": 2, "of": 9},
            raised_at=MONDAY_9,
        )
        for name in ("signal", "second_signal", "third_signal", "fourth_signal")
    )
    add_holiday(day=dt.date(2026, 3, 4), name="Founding", at=utc_now(), by=company.admin)
    return places


def _one(column: Any, *where: Any) -> str:
    return str(db.session.scalars(select(column).where(*where).order_by(column).limit(1)).one())


def _filled(texts: dict[str, str], places: dict[str, str]) -> dict[str, str]:
    return {key.format(**places): value.format(**places) for key, value in texts.items()}


def _as_it_is(office: Office, client: FlaskClient, page: str) -> tuple[object, int]:
    """Return what a page would send, and how much was done so far."""
    shown = [
        (form.action, {name: form.fields[name] for name in form.fields.keys() - OF_THE_REQUEST})
        for form in forms_of(client.get(page).text)
    ]
    with office.app.app_context():
        return shown, db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_a_form_that_somebody_overtook_overwrites_nothing_and_says_so(
    office: Office, edit: Edit
) -> None:
    places = office.places
    client = office.client(edit.who)
    page, action = edit.page.format(**places), edit.action.format(**places)
    typed = _filled(edit.second, places)
    target = action or page.partition("?")[0]
    opened = form_to(client.get(page).text, target, typed) | typed
    if edit.meanwhile is not None:
        with office.app.app_context(), transaction():
            edit.meanwhile(places)
    else:
        first_page = edit.first_page.format(**places) or page
        first_action = (edit.first_action or ("" if edit.first_page else edit.action)).format(
            **places
        )
        told = send(client, first_page, first_action, **_filled(edit.first, places))
        assert (told.status_code, TOLD.search(told.text)) == (200, None)
    before = _as_it_is(office, client, page)

    answer = client.post(target, data=opened, follow_redirects=True)

    assert TOLD.search(answer.text), answer.text
    for name, text in typed.items():
        assert name in BUTTONS or html.escape(text) in answer.text, name
    assert _as_it_is(office, client, page) == before


@pytest.mark.parametrize(("page", "action", "typed"), REFUSED.values(), ids=list(REFUSED))
def test_a_form_that_is_refused_keeps_what_was_typed(
    office: Office, page: str, action: str, typed: dict[str, str]
) -> None:
    places = office.places
    given = _filled(typed, places)

    answer = send(office.client(), page.format(**places), action.format(**places), **given)

    assert answer.status_code in {409, 422}, answer.text
    kept = {(name, text) for form in forms_of(answer.text) for name, text in form.fields.items()}
    assert {pair for pair in given.items() if pair[0] not in BUTTONS} <= kept


def test_every_form_of_the_site_is_in_one_of_the_lists(office: Office) -> None:
    rules = [rule for rule in office.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    site = {rule.rule for rule in rules if not rule.rule.startswith(("/api/", "/v1/"))}
    adapter = office.app.url_map.bind("")
    paths = [edit.action or edit.page for edit in EDITS.values()]
    paths += [action or page for page, action, _ in REFUSED.values()]
    tested = set()
    for path in paths:
        bare = re.sub(r"{\w+}", lambda m: office.places[m[0][1:-1]], path).partition("?")[0]
        tested.add(adapter.match(bare, method="POST", return_rule=True)[0].rule)

    assert site - tested - SAYS_ALL - TAKES_BACK == set()
