"""The demo company: the same from the same seed, and nothing in it that could not be."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Table, select

from server.calendar.models import Holiday
from server.costs.models import Cost
from server.customers.models import Customer
from server.deals.models import Deal
from server.demo.company import DemoLogins
from server.identity.models import Device, User
from server.identity.operations import sign_in
from server.metrics.models import StaleDay, Target
from server.planning.models import JourneyStop
from server.platform.audit import AuditEntry
from server.platform.database import Base, db
from server.platform.transaction import transaction
from server.products.models import Product
from server.sync.changes import wrong_scopes
from server.sync.models import SyncIndex
from server.teams.models import Team
from server.visits.models import Visit
from shared.sync.protocol import ORG_SCOPE
from shared.vocabulary import CustomerClass, Role, StopState
from tests.integration.demo.conftest import NOW, TODAY, Fill

# Made anew each time.
SECRETS = {
    "password_hash",
    "mac_key",
    "access_hash",
    "refresh_hash",
    "marked_at",
    "generation",
    # What a phone's key has signed, and the ids of conflicts.
    "change_log.line",
    "change_log.head",
    "change_log.result",
    "device.head",
    "sync_conflict.id",
}
NOT_THE_COMPANY = {AuditEntry.__tablename__, "sync_index", "sync_scope", "alembic_version"}


class UndoError(Exception):
    """Ends a transaction without a trace."""


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, but for secrets, in a fixed order."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_THE_COMPANY:
            columns = [each for each in table.c if not {each.name, str(each)} & SECRETS]
            rows = db.session.execute(select(*columns)).all()
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return found


def everything_after(do: Callable[[], object]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    with suppress(UndoError), transaction():
        do()
        found = everything()
        raise UndoError
    return found


def count(table: Table | type[Base], **equal: Any) -> int:
    return len(db.session.execute(select(table).filter_by(**equal)).all())


def test_the_same_seed_and_day_give_the_same_rows(fill: Fill) -> None:
    first, second = everything_after(fill), everything_after(fill)

    assert first.keys() == second.keys()
    for table, rows in first.items():
        assert rows == second[table], table
    assert first["visit"]
    assert first["deal"]


def test_another_seed_gives_another_company(fill: Fill) -> None:
    first, second = everything_after(fill), everything_after(lambda: fill(seed=8))

    assert {row[0] for row in first["visit"]}.isdisjoint(row[0] for row in second["visit"])
    assert [row[2] for row in first["customer"]] != [row[2] for row in second["customer"]]


def test_the_company_is_as_large_as_it_was_asked_for(standing: DemoLogins) -> None:
    assert count(User, role=Role.REP) == 3
    assert count(User, role=Role.MANAGER) == 3
    assert count(User, role=Role.ADMIN) == 1
    assert count(Team) == 4, "three teams and their region"
    assert count(Customer, is_prospect=False) == 36
    assert count(Product) == 40
    assert len(set(db.session.scalars(select(Product.category)))) == 8
    months = {row.month for row in db.session.scalars(select(Target))}
    assert count(Target) == (3 + 3) * len(months), "for each rep and each team"
    assert len({cost.category for cost in db.session.scalars(select(Cost))}) >= 5


def test_outlets_are_of_class_a_b_and_c_as_in_the_trade(standing: DemoLogins) -> None:
    classes = Counter(
        db.session.scalars(select(Customer.customer_class).where(~Customer.is_prospect))
    )

    assert classes[CustomerClass.A] == pytest.approx(36 * 0.15, abs=4)
    assert classes[CustomerClass.B] == pytest.approx(36 * 0.35, abs=4)
    assert classes[CustomerClass.C] == pytest.approx(36 * 0.5, abs=4)


def test_everybody_who_is_printed_can_sign_in(standing: DemoLogins) -> None:
    assert {"admin", "ratna", "sari"} <= {person.code for person in standing.people}
    for person in standing.people:
        with transaction():
            user = sign_in(code=person.code, password=standing.password, at=NOW).user_or_raise()
            assert (user.name, user.role) == (person.name, person.role)


def test_the_phone_to_try_has_its_whole_day_before_it(standing: DemoLogins) -> None:
    rep_id = db.session.scalar(select(User.id).where(User.code == standing.phone_rep_code))

    stops = db.session.scalars(select(JourneyStop).filter_by(rep_id=rep_id, day=TODAY)).all()
    assert len(stops) >= 8
    assert all(stop.state == StopState.PLANNED for stop in stops)
    assert count(Visit, rep_id=rep_id, day=TODAY) == 0
    assert count(Visit, rep_id=rep_id) > 0
    devices = db.session.scalars(select(Device).filter_by(user_id=rep_id))
    assert all(device.revoked_at is not None for device in devices)


def test_the_others_are_in_the_middle_of_theirs(standing: DemoLogins) -> None:
    today = db.session.scalars(select(Visit).where(Visit.day == TODAY)).all()
    everybody = {rep for (rep,) in db.session.execute(select(Visit.rep_id).distinct())}

    assert len({visit.rep_id for visit in today}) == len(everybody) - 1
    assert any(visit.ended_at for visit in today)


def test_plans_are_numbered_routes_on_working_days_up_to_two_weeks_ahead(
    standing: DemoLogins,
) -> None:
    plans: dict[tuple[str, dt.date], list[JourneyStop]] = {}
    for stop in db.session.scalars(select(JourneyStop)):
        plans.setdefault((stop.rep_id, stop.day), []).append(stop)

    assert max(day for _, day in plans) == TODAY + dt.timedelta(days=14)
    assert all(day.weekday() < 6 for _, day in plans)
    for stops in plans.values():
        assert 8 <= len(stops) <= 14
        assert sorted(stop.sequence for stop in stops) == list(range(1, len(stops) + 1))
        assert len({stop.customer_id for stop in stops}) == len(stops)


def test_the_feed_of_the_phones_agrees_with_the_tables(standing: DemoLogins) -> None:
    assert wrong_scopes() == []

    rep_id = db.session.scalar(select(User.id).where(User.code == standing.phone_rep_code))
    fed = Counter(
        db.session.scalars(select(SyncIndex.entity).where(SyncIndex.scope == f"rep:{rep_id}"))
    )
    assert fed["customer"] >= count(Customer, owner_id=rep_id)
    assert fed["stop"] == count(JourneyStop, rep_id=rep_id)
    assert fed["visit"] == count(Visit, rep_id=rep_id)
    assert fed["deal"] == count(Deal, owner_id=rep_id)
    for_everybody = Counter(
        db.session.scalars(select(SyncIndex.entity).where(SyncIndex.scope == ORG_SCOPE))
    )
    assert for_everybody == {
        "product": 40,
        "stage": 7,
        "lost_reason": 6,
        "custom_field": 3,
        "form_question": 5,
        "holiday": count(Holiday),
    }
    assert fed["target"] == count(Target, rep_id=rep_id)


@pytest.mark.parametrize(
    ("now", "today"),
    [
        (dt.datetime(2026, 11, 28, 22, 0, tzinfo=dt.UTC), dt.date(2026, 11, 29)),
        (dt.datetime(2026, 3, 20, 3, 0, tzinfo=dt.UTC), dt.date(2026, 3, 20)),
    ],
    ids=["a Sunday before dawn", "Lebaran"],
)
def test_there_is_a_plan_to_try_on_any_day(fill: Fill, now: dt.datetime, today: dt.date) -> None:
    with transaction():
        fill(today=today, now=now)

    assert count(JourneyStop, day=today) >= 8 * 3


def test_every_day_with_facts_waits_for_the_workers(standing: DemoLogins) -> None:
    stale = {(row.rep_id, row.day) for row in db.session.scalars(select(StaleDay))}
    facts = {
        (rep, day)
        for model in (Visit, JourneyStop)
        for rep, day in db.session.execute(select(model.rep_id, model.day).distinct())
    }

    assert facts
    assert facts <= stale
