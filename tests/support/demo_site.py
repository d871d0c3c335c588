"""A small demo company with something on every page, and a server for it in this process."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select

from server.alerts.operations import alerts
from server.alerts.operations.rules import Moment
from server.costs.models import Cost
from server.currencies.operations import rates
from server.customers.models import Customer
from server.deals.models import Deal
from server.definitions.operations import Definition, create_own_metric
from server.demo.blueprint import Size
from server.demo.company import fill_demo
from server.demo.fields import OLD_COLUMN
from server.fields.models import FieldRow
from server.forms.models import FormQuestion
from server.identity.models import User
from server.imports.models import ImportProblem, ImportRun, RunState
from server.merges import operations as merges
from server.metrics.jobs import refresh_rollups
from server.photos.operations.files import PhotoFolder
from server.platform.access import Access
from server.platform.database import db
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.products.models import Product
from server.saved.models import SavedView, ViewKind
from server.signals.models import Signal
from server.teams.models import TeamMembership
from server.teams.operations import invitations
from server.visits.models import Visit
from shared.metrics.definition import Direction, Family
from shared.metrics.formula import Unit
from shared.signals import Rule
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import FieldKind, Role
from tests.factories.company import ZONE
from tests.support.application import serving

SMALL = Size(reps=3, customers=36, visit_days=6, deal_days=40)
MANAGER, REP = "ratna", "sari"


@dataclass(frozen=True)
class DemoCompany:
    """How to sign in, and an id of each kind of thing for addresses."""

    password: str
    ids: Mapping[str, str]


@dataclass(frozen=True)
class DemoSite:
    """The company, and where its server is."""

    url: str
    company: DemoCompany


def fill_demo_site() -> DemoCompany:
    """Fill the empty database of the application under way: up to the afternoon of last Monday."""
    yesterday = business_day(utc_now(), ZONE) - dt.timedelta(days=1)
    today = yesterday - dt.timedelta(days=yesterday.weekday())
    now = dt.datetime.combine(today, dt.time(7, 30), dt.UTC)
    with transaction():
        photos = PhotoFolder(current_settings().photos)
        logins = fill_demo(seed=7, today=today, now=now, size=SMALL, photos=photos)
    with transaction():
        ids = add_what_is_made_by_hand(today, now)
    refresh_rollups()
    with transaction():
        alerts.raise_alerts(moment=Moment(at=now, today=today))
    return DemoCompany(logins.password, ids)


@contextmanager
def running_demo_site(app: Flask) -> Iterator[DemoSite]:
    """Fill the database of the application, and serve it until the end."""
    with app.app_context():
        company = fill_demo_site()
    with serving(app) as url:
        yield DemoSite(url, company)


def add_what_is_made_by_hand(today: dt.date, now: dt.datetime) -> dict[str, str]:
    """Add what no demo company has of itself; return ids that its manager and its rep see."""
    admin = _one(select(User.id).where(User.role == Role.ADMIN))
    rep = _one(select(User.id).where(User.code == REP))
    team = _one(select(TeamMembership.team_id).where(TeamMembership.user_id == rep))
    mine = select(Customer.id).where(Customer.owner_id == rep).order_by(Customer.name)
    customer, twin, other = list(db.session.scalars(mine))[:3]
    versions = [db.session.get_one(Customer, each).version for each in (customer, other)]
    merges.merge(
        access=Access(user_id=admin, role=Role.ADMIN),
        survivor_id=customer,
        loser_id=other,
        seen=(str(versions[0]), str(versions[1])),
        take=set(),
        at=now,
        day=today,
    )
    own = create_own_metric(
        definition=Definition(
            name="Orders per call",
            name_id="Pesanan per kunjungan",
            description="",
            formula="won_deals / calls",
            unit=Unit.COUNT,
            family=Family.KPI,
            direction=Direction.HIGHER_IS_BETTER,
            target=Decimal("0.5"),
        ),
        at=now,
        by=admin,
    )
    rate, _ = rates.enter_rate(
        entry=rates.RateEntry(
            currency="USD", day=today - dt.timedelta(days=9), rate=Decimal(16250), source="Bank"
        ),
        reporting_currency="IDR",
        at=now,
        today=today,
        by=admin,
    )
    view = SavedView(
        id=new_id(),
        user_id=admin,
        team_id=team,
        kind=ViewKind.DASHBOARD,
        page="/",
        name="Morning",
        content={"tiles": [{"key": "revenue", "size": 2}, {"key": "calls", "size": 1}]},
        updated_at=now,
    )
    run = ImportRun(
        id=new_id(),
        mapping="tapak",
        dry_run=False,
        state=RunState.FINISHED,
        asked_by=admin,
        asked_at=now,
        started_at=now,
        finished_at=now,
        rows_done=1,
        counts=[],
    )
    visit = _one(select(Visit.id).where(Visit.rep_id == rep).order_by(Visit.day))
    monday = today - dt.timedelta(weeks=1)
    signal = Signal(
        id=new_id(),
        key=f"mock_location {visit}",
        rule=Rule.MOCK_LOCATION,
        rep_id=rep,
        team_id=team,
        day=today,
        visit_id=visit,
        inputs={"mocked": 2, "of": 9},
        raised_at=now,
    )
    db.session.add_all([view, run, signal])
    db.session.flush()
    refused: dict[str, Any] = {"file": "customers.csv", "column": "code", "code": "required"}
    db.session.add(ImportProblem(run_id=run.id, position=1, line=2, value="=1+1", **refused))
    return {
        "rep": rep,
        "team": team,
        "customer": customer,
        "twin": twin,
        "definition": own.key,
        "rate": rate,
        "dashboard": view.id,
        "run": run.id,
        "product": _one(select(Product.id)),
        "deal": _one(select(Deal.id).where(Deal.owner_id == rep)),
        "open_deal": _one(select(Deal.id).where(Deal.owner_id == rep, Deal.is_standing())),
        "visit": visit,
        "day": db.session.get_one(Visit, visit).day.isoformat(),
        "days": f"period=custom&from={monday}&to={today}",
        "monday": monday.isoformat(),
        "month": today.replace(day=1).isoformat(),
        "signal": signal.id,
        "cost": _one(select(Cost.id).where(Cost.team_id == team)),
        "question": _one(select(FormQuestion.key)),
        "column": OLD_COLUMN,
        "field": _one(select(FieldRow.id).where(FieldRow.kind == FieldKind.CHOICE)),
        "invitation": invitations.invite(user_id=rep, at=now, by=admin),
    }


def _one(statement: Any) -> str:
    return str(db.session.scalars(statement.limit(1)).one())
