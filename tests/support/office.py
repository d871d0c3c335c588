"""A company with a row of every kind, and its forms sent too late or with what they refuse."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.calendar.operations import add_holiday
from server.costs.models import Cost
from server.currencies.models import ExchangeRate
from server.customers.models import Customer
from server.customers.operations import propose_location
from server.definitions.models import OwnMetric
from server.fields.models import FieldRow
from server.forms.models import FormQuestion
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
from tests.support.forms import form_to, send
from tests.support.site_forms import Edit


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


@contextmanager
def opened_office(sqlite_template: SqliteTemplate, folder: Path) -> Iterator[Office]:
    """Found the company in an empty folder."""
    with sqlite_template.app(folder) as app:
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
        "away": add_customer("Away", owner_id=company.sari, team_id=company.east),
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
    shop = db.session.get_one(Customer, company.shop)
    shop.radius_m, shop.custom_fields = 600, {"Old code": "77/A"}
    away = db.session.get_one(Customer, places["away"])
    away.owner_id, away.closed_on = None, MONDAY_9.date()
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


def filled(texts: dict[str, str], places: dict[str, str]) -> dict[str, str]:
    return {key.format(**places): value.format(**places) for key, value in texts.items()}


@dataclass(frozen=True)
class Late:
    """A form that was opened before somebody else changed its row, and is not sent yet."""

    client: FlaskClient
    page: str
    action: str
    fields: dict[str, str]
    typed: dict[str, str]
    told: TestResponse | None
    """What the other one was told, if that was a form, too."""

    def send(self) -> TestResponse:
        """Send it, and follow where it leads."""
        return self.client.post(self.action, data=self.fields, follow_redirects=True)


def overtaken(office: Office, edit: Edit) -> Late:
    """Open a form, type into it, and let somebody else be faster."""
    places = office.places
    client = office.client(edit.who)
    page, action = edit.page.format(**places), edit.action.format(**places)
    typed = filled(edit.second, places)
    target = action or page.partition("?")[0]
    fields = form_to(client.get(page).text, target, typed) | typed
    told = None
    if edit.meanwhile is not None:
        with office.app.app_context(), transaction():
            edit.meanwhile(places)
    else:
        first_page = edit.first_page.format(**places) or page
        first_action = (edit.first_action or ("" if edit.first_page else edit.action)).format(
            **places
        )
        told = send(client, first_page, first_action, **filled(edit.first, places))
    return Late(client, page, target, fields, typed, told)
