"""The demo company lives on when it is started again on another day."""

import datetime as dt

from sqlalchemy import select

from server.deals.models import Deal
from server.deals.operations.deals import change_deal
from server.demo.company import DemoLogins, top_up
from server.identity.models import User
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.transaction import transaction
from server.tracking.models import WorkDay
from server.visits.models import Visit
from shared.vocabulary import StageKind, VisitState
from tests.integration.demo.conftest import NOW, TODAY, Fill
from tests.integration.demo.test_company import everything, everything_after

DAY = dt.timedelta(days=1)
EVENING = NOW + dt.timedelta(hours=9)


def live_until(day: dt.date, now: dt.datetime) -> DemoLogins | None:
    with transaction():
        return top_up(today=day, now=now)


def test_visits_and_plans_reach_the_new_day(logins: DemoLogins) -> None:
    assert live_until(TODAY + 3 * DAY, NOW + 3 * DAY) == logins

    days = set(db.session.scalars(select(Visit.day)))
    assert {TODAY + number * DAY for number in range(4)} <= days
    last_plan = max(db.session.scalars(select(JourneyStop.day)))
    assert last_plan >= TODAY + 15 * DAY
    past = db.session.scalars(select(Visit).where(Visit.day < TODAY + 3 * DAY)).all()
    assert all(visit.state != VisitState.OPEN for visit in past)
    work_days = db.session.scalars(select(WorkDay).where(WorkDay.day < TODAY + 3 * DAY))
    assert all(work_day.ended_at for work_day in work_days)


def test_day_by_day_comes_to_the_same_as_all_at_once(fill: Fill) -> None:
    def at_once() -> None:
        fill()
        top_up(today=TODAY + 2 * DAY, now=NOW + 2 * DAY)

    def day_by_day() -> None:
        fill()
        top_up(today=TODAY + DAY, now=NOW + DAY)
        top_up(today=TODAY + 2 * DAY, now=NOW + 2 * DAY)

    first, second = everything_after(at_once), everything_after(day_by_day)

    # On each day Tapak was started the one phone was left to whoever tried it out.
    sari = next(row[0] for row in first["user_account"] if row[1] == "sari")
    tables = ("journey_stop", "visit", "deal", "stage_change", "work_day", "customer", "cost")
    for table in (*tables, "task", "expense"):
        assert [row for row in first[table] if sari not in row] == [
            row for row in second[table] if sari not in row
        ], table


def test_open_deals_go_their_way(logins: DemoLogins) -> None:
    still_open = Deal.kind.in_((StageKind.LEAD, StageKind.OPEN))
    before = set(db.session.scalars(select(Deal.id).where(still_open)))

    live_until(TODAY + 12 * DAY, NOW + 12 * DAY)

    after = {
        StageKind(kind) for kind in db.session.scalars(select(Deal.kind).where(Deal.id.in_(before)))
    }
    assert {StageKind.WON, StageKind.LOST} <= after


def test_what_a_person_changed_stays(logins: DemoLogins) -> None:
    with transaction():
        deals = db.session.scalars(select(Deal).where(Deal.kind == StageKind.OPEN)).all()
        for deal in deals:
            change_deal(deal_id=deal.id, fields={"note": "Ditelepon"}, at=NOW, day=TODAY)
        left_at = {deal.id: (deal.stage_key, deal.version) for deal in deals}

    live_until(TODAY + 12 * DAY, NOW + 12 * DAY)

    rows = db.session.scalars(select(Deal).where(Deal.id.in_(left_at)))
    assert {deal.id: (deal.stage_key, deal.version) for deal in rows} == left_at


def test_a_second_start_in_the_evening_finds_the_day_done(logins: DemoLogins) -> None:
    assert live_until(TODAY, EVENING) == logins

    today = db.session.scalars(select(Visit).where(Visit.day == TODAY)).all()
    assert today
    assert all(visit.state != VisitState.OPEN for visit in today)


def test_a_second_start_at_once_changes_nothing(logins: DemoLogins) -> None:
    with transaction():
        before = everything()

    live_until(TODAY, NOW)

    with transaction():
        after = everything()
    # Days that are told again are counted again, and answers put together anew.
    counted = dict.fromkeys(("stale_day", "numbers_version"), ())
    assert {**after, **counted} == {**before, **counted}


def test_the_day_of_the_phone_to_try_stays_as_it_was_left(logins: DemoLogins) -> None:
    live_until(TODAY + DAY, NOW + DAY)

    rep_id = db.session.scalar(select(User.id).where(User.code == logins.phone_rep_code))
    assert not db.session.scalars(select(Visit).filter_by(rep_id=rep_id, day=TODAY)).all()


def test_another_company_is_left_alone(fill: Fill) -> None:
    assert live_until(TODAY, NOW) is None
