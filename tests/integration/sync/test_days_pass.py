"""As days pass, phones hold what their reps may see that day, and not their whole past."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from mobile.services.expense_views import NewExpense
from server.expenses.operations import decide_expenses
from server.fences.models import FencePolicy
from server.identity.models import User
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync.changes import wrong_scopes
from server.sync.jobs import follow_days, forget_old_news
from server.sync.models import RepDay, Scope, SyncIndex
from server.sync.rep_days import behind
from server.teams.models import Team, TeamMembership
from server.visits.models import Visit
from shared.checkin.policy import FenceRule, PolicyKind
from shared.sync.ids import new_id
from shared.sync.protocol import RowEvent
from shared.time import business_day, utc_now
from shared.vocabulary import ExpenseKind, ExpenseState, NoSaleReason, Role, StopState, TaskState
from tests.fakes.company import MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.passing_time import PassingTime
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_push_and_pull import soda


def let_a_day_begin(company: Company) -> list[str]:
    """Run the job; return the scopes whose feed differs from the tables before and after."""
    with company.app.app_context():
        wrong = wrong_scopes()
        follow_days()
        return wrong + wrong_scopes()


def names(phone: Handset) -> list[str]:
    return sorted(customer.name for customer in phone.customers.search(""))


def heads(company: Company) -> dict[str, int]:
    with company.app.app_context():
        return {scope.id: scope.head for scope in db.session.scalars(select(Scope))}


def test_a_customer_seen_for_a_stop_leaves_with_its_day(
    phone: Handset, new_phone: NewPhone, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    budi = new_phone(company.budi)
    time = PassingTime(monkeypatch, phone, budi)
    today = business_day(utc_now(), ZONE)
    with company.app.app_context(), transaction():
        for day, customer_id in ((0, company.jaya), (0, company.maju), (1, company.maju)):
            stop = JourneyStop(
                id=new_id(),
                rep_id=company.budi,
                customer_id=customer_id,
                day=today + dt.timedelta(days=day),
                sequence=1,
                state=StopState.PLANNED,
                created_at=utc_now(),
                updated_at=utc_now(),
            )
            db.session.add(stop)
            db.session.flush()
            record_changed("stop", stop.id)
    assert let_a_day_begin(company) == []
    budi.synchronize()
    assert names(budi) == ["Toko Jaya", "Toko Maju"]

    time.pass_time(days=1)
    assert let_a_day_begin(company) == []
    reached = heads(company)
    assert let_a_day_begin(company) == []  # the same again changes nothing
    assert heads(company) == reached
    report = budi.synchronize()

    assert report.fetched_anew == []
    assert names(budi) == ["Toko Maju"]
    phone.synchronize()
    assert names(phone) == ["Toko Jaya", "Toko Maju"]

    time.pass_time(days=5)  # the worker was away
    assert let_a_day_begin(company) == []
    budi.synchronize()
    assert names(budi) == []


def test_the_day_begins_where_the_rep_is(phone: Handset, company: Company) -> None:
    del phone
    with company.app.app_context(), transaction():
        db.session.execute(
            update(User).where(User.id == company.budi).values(time_zone="Pacific/Honolulu")
        )
    midnight = dt.datetime(2030, 5, 1, 17, 0, tzinfo=dt.UTC)  # in Jakarta

    def begun(at: dt.datetime) -> dict[str, dt.date]:
        with company.app.app_context(), transaction():
            found = dict(behind(at=at, kept_days=90, zone=ZONE))
            for rep_id, dates in found.items():
                db.session.merge(
                    RepDay(
                        rep_id=rep_id,
                        day=dates.day,
                        kept_from=dates.kept_from,
                        closed_from=dates.closed_from,
                    )
                )
        return {rep_id: dates.day for rep_id, dates in found.items()}

    before = begun(midnight - dt.timedelta(seconds=1))
    assert before[company.sari] == dt.date(2030, 5, 1)
    assert before[company.budi] == dt.date(2030, 5, 1)
    after = begun(midnight)
    assert after[company.sari] == dt.date(2030, 5, 2)
    assert company.budi not in after
    assert begun(midnight - dt.timedelta(days=3)) == {}, "a clock put back changes nothing"


def test_the_rules_of_a_team_come_with_the_first_day_in_it(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = PassingTime(monkeypatch, phone)
    tomorrow = business_day(utc_now(), ZONE) + dt.timedelta(days=1)
    policy, team = new_id(), new_id()
    with company.app.app_context(), transaction():
        db.session.add(Team(id=team, code=f"W{company.tag}", name="West"))
        db.session.flush()
        db.session.execute(
            update(TeamMembership)
            .where(TeamMembership.user_id == company.sari)
            .values(end_on=tomorrow)
        )
        db.session.add(TeamMembership(user_id=company.sari, team_id=team, start_on=tomorrow))
        db.session.add(
            FencePolicy(
                id=policy,
                kind=PolicyKind.TEAM,
                key=team,
                rule=FenceRule.BLOCK,
            )
        )
        db.session.flush()
        record_changed("fence_policy", policy)
    assert let_a_day_begin(company) == []
    phone.synchronize()
    assert phone.visits.rule(company.maju) is FenceRule.RECORD

    time.pass_time(days=1)
    assert let_a_day_begin(company) == []
    phone.synchronize()

    assert phone.visits.rule(company.maju) is FenceRule.BLOCK


def keep_for(company: Company, days: int) -> None:
    settings = company.app.extensions["settings"]
    company.app.extensions["settings"] = replace(settings, phone_kept_days=days)


def rows(phone: Handset) -> dict[str, int]:
    tables = ("stop", "visit", "photo", "deal", "task", "expense")
    with phone.database.read() as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in tables
        }


def test_what_is_old_leaves_the_phone_and_what_waits_is_sent(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = PassingTime(monkeypatch, phone)
    keep_for(company, 62)
    past = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.take_order(past.id, [soda(company, 2)])
    phone.take_photo(past.id)
    phone.visits.check_out(past.id, fix=phone.fix(MAJU))
    done, todo = (phone.tasks.create(title=title) for title in ("Bring samples", "Call again"))
    phone.tasks.set_state(done, TaskState.DONE)
    spent = spend(phone, ExpenseState.SUBMITTED)
    spend(phone, ExpenseState.DRAFT)
    phone.synchronize()
    phone.sender.send()
    with company.app.app_context(), transaction():
        decide_expenses(
            access=Access(user_id=company.manager, role=Role.ADMIN),
            expense_ids=[spent],
            decision=ExpenseState.APPROVED,
            reason="",
            at=utc_now(),
        )
    assert let_a_day_begin(company) == []
    phone.synchronize()
    assert rows(phone) == {"stop": 1, "visit": 1, "photo": 1, "deal": 1, "task": 2, "expense": 2}

    time.pass_time(days=64)
    assert let_a_day_begin(company) == []
    phone.visits.write_notes(past.id, "Owner is back in March")  # before the phone has heard
    report = phone.synchronize()

    assert (report.fetched_anew, phone.sync.status().waiting) == ([], 0)
    assert rows(phone) == {"stop": 0, "visit": 0, "photo": 0, "deal": 1, "task": 1, "expense": 1}
    assert phone.tasks.get(todo).title == "Call again"
    assert [line.name for line in phone.customers.get(company.maju).basket] == ["Soda"]
    with company.app.app_context():
        assert db.session.get_one(Visit, past.id).notes == "Owner is back in March"
        assert wrong_scopes() == []

    keep_for(company, 80)
    assert let_a_day_begin(company) == []
    phone.synchronize()
    assert rows(phone) == {"stop": 1, "visit": 1, "photo": 1, "deal": 1, "task": 2, "expense": 2}

    for orders in (1, 1, 1, 0):  # they stay for four times 80 days
        time.pass_time(days=85)
        assert let_a_day_begin(company) == []
        phone.synchronize()
        left = {"stop": 0, "visit": 0, "photo": 0, "deal": orders, "task": 1, "expense": 1}
        assert rows(phone) == left


def test_a_new_phone_hears_nothing_of_what_left_before_it_came(
    phone: Handset, new_phone: NewPhone, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = PassingTime(monkeypatch, phone)
    keep_for(company, 62)
    for _ in range(3):
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
        phone.visits.check_out(visit.id, fix=phone.fix(MAJU))
    phone.synchronize()
    time.pass_time(days=64)
    assert let_a_day_begin(company) == []
    assert news(company) == 4  # a stop and three visits

    forget(company)
    assert news(company) == 4, "the phone has not heard of them"
    phone.synchronize()
    time.pass_time(days=2)
    forget(company)
    assert news(company) == 1, "of the last page it has not said that it has it"
    phone.synchronize()
    forget(company)

    assert news(company) == 0
    assert phone.synchronize().fetched_anew == []
    second = new_phone(company.sari)
    assert second.synchronize().fetched_anew == []
    assert rows(second) == rows(phone)
    with company.app.app_context():
        assert wrong_scopes() == []


def news(company: Company) -> int:
    with company.app.app_context():
        gone = select(func.count()).where(SyncIndex.event != RowEvent.PUT)
        return db.session.scalar(gone) or 0


def forget(company: Company) -> None:
    with company.app.app_context():
        forget_old_news()


def spend(phone: Handset, state: ExpenseState) -> str:
    return phone.expenses.save(
        NewExpense(
            day=phone.expenses.today(),
            kind=ExpenseKind.PARKING,
            amount_minor=5_000_00,
            mileage_m=None,
            note="",
            state=state,
        )
    )


def test_a_visit_that_comes_when_it_is_old_already(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = PassingTime(monkeypatch, phone)
    keep_for(company, 62)
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    phone.visits.check_out(visit.id, fix=phone.fix(MAJU))

    time.pass_time(days=80)
    assert let_a_day_begin(company) == []
    report = phone.synchronize()

    assert (report.fetched_anew, phone.sync.status().waiting) == ([], 0)
    with company.app.app_context():
        assert db.session.get_one(Visit, visit.id).day == business_day(
            utc_now() - time.passed, ZONE
        )
        assert wrong_scopes() == []
