"""Every form of the site: a stale one overwrites nothing and says so; what was typed is kept."""

import datetime as dt
import html
import re
from collections.abc import Iterator
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
from server.fields.models import FieldRow
from server.forms.models import FormQuestion
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from server.platform.versioned import fingerprint
from server.saved.models import SavedView, ViewKind
from server.signals.models import Signal
from shared.signals import Rule
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, add_customer, found_company, sign_in
from tests.factories.visits import MONDAY_9, record_visit, take_order
from tests.integration.expenses.test_expenses import record as record_expense
from tests.integration.tasks.test_tasks import add as add_task
from tests.support.databases import SqliteTemplate
from tests.support.forms import form_to, forms_of, send
from tests.support.site_forms import BUTTONS, EDITS, REFUSED, SAYS_ALL, TAKES_BACK, Edit

TOLD = re.compile(
    "in the meantime|meanwhile|ha(s|ve) (decided|answered) already|not waiting for a decision"
    "|There is a target"
)
OF_THE_REQUEST = {"csrf_token", "once"}


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
            ("/custom-fields/new", "", {"label": "Ice box", "kind": "yes_no"}),
            ("/custom-fields/new", "", {"label": "Terms", "kind": "choice", "more": "Cash\nWeek"}),
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
                "field": _one(FieldRow.id, FieldRow.label == "Terms"),
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
