"""Laws every fact of the demo company keeps, as facts from real phones do."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from server.costs.models import Cost
from server.currencies.models import ExchangeRate
from server.customers.models import Customer
from server.deals.models import Deal, DealLine, StageChange
from server.expenses.models import Expense
from server.planning.models import JourneyStop
from server.platform.database import db
from server.products.models import Product
from server.tracking.models import TrackChunk, WorkDay
from server.visits.models import CheckIn, CheckOut, Visit
from shared.checkin.evidence import Fence, Fix
from shared.checkin.verdict import judge
from shared.geo import Position, haversine_m
from shared.money import convert_minor
from shared.schemas.catalogue import UPWARD
from shared.schemas.record import load
from shared.sync.protocol import Kind
from shared.time import Period
from shared.vocabulary import StageKind, Verdict, VisitState
from tests.integration.demo.conftest import NOW

pytestmark = pytest.mark.usefixtures("standing")

FASTEST_MPS = 200 / 3.6


def visits_by_rep() -> Iterator[list[Visit]]:
    rows: dict[str, list[Visit]] = {}
    for visit in db.session.scalars(select(Visit).order_by(Visit.started_at)):
        rows.setdefault(visit.rep_id, []).append(visit)
    yield from rows.values()


def evidence() -> Iterator[CheckIn | CheckOut]:
    yield from db.session.scalars(select(CheckIn))
    yield from db.session.scalars(select(CheckOut))


def fix_of(row: CheckIn | CheckOut) -> Fix | None:
    if row.latitude is None or row.longitude is None:
        return None
    assert row.accuracy_m is not None
    assert row.fix_at is not None
    assert row.fix_age_s is not None
    return Fix(
        latitude=row.latitude,
        longitude=row.longitude,
        accuracy_m=row.accuracy_m,
        fix_at=row.fix_at,
        age_s=row.fix_age_s,
        provider=row.provider,
        speed_mps=row.speed_mps,
        altitude_m=row.altitude_m,
        samples=row.sample_count,
    )


def test_every_check_in_and_check_out_is_judged_as_its_evidence_says() -> None:
    seen = set()
    for row in evidence():
        assert row.fence_radius_m is not None
        judgement = judge(
            fix_of(row),
            Fence(
                customer_id=row.customer_id,
                latitude=row.fence_latitude,
                longitude=row.fence_longitude,
                radius_m=row.fence_radius_m,
            ),
        )
        assert row.verdict == judgement.verdict
        assert row.verdict_reason == (judgement.reason or "")
        assert row.distance_m == judgement.distance_m
        assert row.probability_inside == judgement.probability_inside
        seen.add(Verdict(row.verdict))

    assert seen == set(Verdict)


def test_a_visit_says_what_its_evidence_says() -> None:
    check_ins = {row.visit_id: row for row in db.session.scalars(select(CheckIn))}
    check_outs = {row.visit_id: row for row in db.session.scalars(select(CheckOut))}

    for visit in db.session.scalars(select(Visit)):
        came, left = check_ins[visit.id], check_outs.get(visit.id)
        assert visit.started_at == came.captured_at
        assert (visit.verdict, visit.distance_m) == (came.verdict, came.distance_m)
        assert visit.day == came.day
        assert visit.ended_at == (left.captured_at if left else None)
        assert (visit.state == VisitState.OPEN) == (left is None)


def test_nothing_happens_after_now() -> None:
    for row in evidence():
        assert row.captured_at <= row.received_at <= NOW
    for change in db.session.scalars(select(StageChange)):
        assert change.at <= NOW
    for chunk in db.session.scalars(select(TrackChunk)):
        assert chunk.ended_at <= chunk.received_at <= NOW
    for work_day in db.session.scalars(select(WorkDay)):
        assert work_day.started_at <= (work_day.ended_at or NOW) <= NOW


def test_no_rep_is_in_two_visits_at_once() -> None:
    for visits in visits_by_rep():
        for visit, following in pairwise(visits):
            assert visit.ended_at is not None, "only the last may be under way"
            assert following.started_at is not None
            assert visit.ended_at < following.started_at


def test_a_visit_ends_with_one_order_or_a_reason_for_none() -> None:
    orders: dict[str | None, int] = {}
    for (visit_id,) in db.session.execute(select(Deal.visit_id).where(Deal.visit_id.is_not(None))):
        orders[visit_id] = orders.get(visit_id, 0) + 1

    completed = productive = 0
    for visit in db.session.scalars(select(Visit)):
        if visit.state == VisitState.COMPLETED:
            completed += 1
            productive += visit.id in orders
            assert orders.get(visit.id, 0) == (0 if visit.no_sale_reason else 1)
        if visit.state == VisitState.CANCELLED:
            assert visit.cancel_reason
            assert visit.id not in orders
    assert 0.5 < productive / completed < 0.8


def test_what_is_spent_in_the_companys_currency_is_worth_just_that() -> None:
    spent = [*db.session.scalars(select(Expense)), *db.session.scalars(select(Cost))]
    assert {type(row) for row in spent} == {Expense, Cost}
    for row in spent:
        assert row.currency == "IDR"
        assert row.base_amount_minor == row.amount_minor > 0


def test_a_stop_is_visited_once_at_its_customer_on_its_day() -> None:
    stops = {stop.id: stop for stop in db.session.scalars(select(JourneyStop))}
    served = [visit for visit in db.session.scalars(select(Visit)) if visit.stop_id]

    assert len({visit.stop_id for visit in served}) == len(served)
    for visit in served:
        stop = stops[visit.stop_id or ""]
        assert (stop.customer_id, stop.day) == (visit.customer_id, visit.day)
        assert stop.rep_id == visit.rep_id


def test_a_deals_milestones_follow_from_its_moves() -> None:
    moves: dict[str, list[StageChange]] = {}
    for move in db.session.scalars(select(StageChange).order_by(StageChange.at)):
        moves.setdefault(move.deal_id, []).append(move)
    lines: dict[str, list[int]] = {}
    for line in db.session.scalars(select(DealLine)):
        gross = line.quantity * line.unit_price_minor
        assert line.amount_minor == gross - line.discount_minor
        lines.setdefault(line.deal_id, []).append(line.amount_minor)
    rates = {
        (row.currency, row.day): row.minor_rate for row in db.session.scalars(select(ExchangeRate))
    }

    kinds = set()
    for deal in db.session.scalars(select(Deal)):
        own = moves[deal.id]
        kinds.add(StageKind(deal.kind))
        assert [move.from_stage for move in own] == [None, *(m.to_stage for m in own[:-1])]
        assert deal.stage_key == own[-1].to_stage
        assert deal.amount_minor == sum(lines[deal.id])
        rate = Decimal(1)
        if deal.currency != "IDR":
            assert deal.rate_on is not None
            assert deal.event_day is not None
            rate = rates[deal.currency, deal.rate_on]
            assert (deal.minor_rate, deal.rate_on) == (rate, Period.week(deal.event_day).start)
        assert deal.base_amount_minor == sum(convert_minor(line, rate) for line in lines[deal.id])
        is_order = own[0].to_stage == "won"
        assert deal.lead_day == (None if is_order else own[0].day)
        if StageKind(deal.kind).is_closed:
            assert (deal.closed_day, deal.closed_at) == (own[-1].day, own[-1].at)
        else:
            assert deal.closed_day is None
        if deal.opportunity_day is not None:
            assert deal.lead_day is not None
            assert deal.lead_day <= deal.opportunity_day <= (deal.closed_day or NOW.date())
    assert kinds == set(StageKind)


def test_customers_are_sold_to_in_their_currency_at_its_prices() -> None:
    shops = {row.id: row.currency or "IDR" for row in db.session.scalars(select(Customer))}
    prices = {row.id: row.prices for row in db.session.scalars(select(Product))}
    taken = {}
    for deal in db.session.scalars(select(Deal)):
        assert deal.currency == shops[deal.customer_id or ""]
        taken[deal.id] = deal.currency
    for line in db.session.scalars(select(DealLine)):
        if taken[line.deal_id] != "IDR":
            assert line.unit_price_minor == prices[line.product_id][taken[line.deal_id]]

    of_visits = db.session.scalars(select(Deal.currency).where(Deal.visit_id.is_not(None)))
    assert set(of_visits) == {"IDR", "SGD", "USD"}


def test_tracks_lie_in_the_working_day_and_move_like_a_motorbike() -> None:
    days = {(row.rep_id, row.day): row for row in db.session.scalars(select(WorkDay))}
    tracks: dict[tuple[str, dt.date], list[list[Any]]] = {}
    for chunk in db.session.scalars(select(TrackChunk).order_by(TrackChunk.started_at)):
        tracks.setdefault((chunk.rep_id, chunk.day), []).extend(chunk.fixes)

    assert tracks.keys() == days.keys()
    for key, fixes in tracks.items():
        start, end = days[key].started_at, days[key].ended_at or NOW
        assert start.timestamp() * 1000 <= fixes[0][0]
        assert fixes[-1][0] <= end.timestamp() * 1000
        for before, after in pairwise(fixes):
            seconds = (after[0] - before[0]) / 1000
            metres = haversine_m(Position(*before[1:3]), Position(*after[1:3]))
            assert seconds > 0
            assert metres < 60 + seconds * FASTEST_MPS


def test_the_rows_are_such_as_phones_may_send() -> None:
    for visit in db.session.scalars(select(Visit)):
        sent = {name: getattr(visit, name) for name in ("customer_id", "time_zone", "notes")}
        load(UPWARD["visit", Kind.CREATE], sent | {"stop_id": visit.stop_id})
    for row in evidence():
        load(UPWARD["check_in", Kind.CREATE], presence(row))
    for chunk in db.session.scalars(select(TrackChunk)):
        load(
            UPWARD["track", Kind.CREATE],
            {
                "time_zone": "Asia/Jakarta",
                "fixes": [[*fix[:4], int(fix[4])] for fix in chunk.fixes],
            },
        )
    for deal in db.session.scalars(select(Deal)):
        lines = db.session.scalars(select(DealLine).where(DealLine.deal_id == deal.id))
        names = ("customer_id", "visit_id", "title", "source", "stage_key", "currency", "note")
        load(
            UPWARD["deal", Kind.CREATE],
            {name: getattr(deal, name) for name in names}
            | {"lines": [order_line(line) for line in lines]},
        )
    for customer in db.session.scalars(select(Customer)):
        names = ("name", "contact_name", "phone", "email", "address", "city", "notes")
        load(UPWARD["customer", Kind.CREATE], {name: getattr(customer, name) for name in names})


def order_line(line: DealLine) -> dict[str, Any]:
    names = ("product_id", "quantity", "unit_price_minor", "discount_minor")
    return {name: getattr(line, name) for name in names}


def presence(row: CheckIn | CheckOut) -> dict[str, Any]:
    fix = fix_of(row)
    return {
        "visit_id": row.visit_id,
        "customer_id": row.customer_id,
        "fix": fix
        and {
            "latitude": fix.latitude,
            "longitude": fix.longitude,
            "accuracy_m": fix.accuracy_m,
            "fix_ms": int(fix.fix_at.timestamp() * 1000),
            "age_s": fix.age_s,
            "provider": fix.provider,
            "speed_mps": fix.speed_mps,
            "altitude_m": fix.altitude_m,
            "samples": fix.samples,
        },
        "fence": {
            "customer_id": row.customer_id,
            "latitude": row.fence_latitude,
            "longitude": row.fence_longitude,
            "radius_m": row.fence_radius_m,
            "location_version": row.location_version,
        },
        "time_zone": row.time_zone,
        "verdict": row.phone_verdict,
        "battery_percent": row.battery_percent,
        "was_offline": row.was_offline,
        "app_version": row.app_version,
    }
