"""Each attack raises its signal, and the honest day that looks most like it raises none."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from server.customers import operations as customers
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from server.signals.jobs import raise_signals
from server.signals.models import Signal
from server.visits import operations as visits
from server.visits.models import CheckIn
from shared.checkin.evidence import Anchor, ClockReading, Fence
from shared.checkin.time_trust import trust_time
from shared.signals import Rule
from shared.sync.ids import new_id
from shared.vocabulary import Verdict
from tests.factories.company import ZONE, Company, add_customer
from tests.factories.tracks import METRES_PER_DEGREE, record_track, start_work
from tests.factories.visits import MONDAY_9, presence, record_visit

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _connected(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def raised() -> list[tuple[Rule, dict[str, Any]]]:
    """Look at all days that wait; return the signals there are."""
    raise_signals()
    return [
        (Rule(signal.rule), signal.inputs)
        for signal in db.session.scalars(select(Signal).order_by(Signal.key))
    ]


def rules() -> set[Rule]:
    return {rule for rule, _ in raised()}


def shop_at(company: Company, name: str, north_m: float) -> str:
    return add_customer(
        name,
        owner_id=company.sari,
        team_id=company.east,
        latitude=-6.1754 + north_m / METRES_PER_DEGREE,
    )


def visit(
    company: Company,
    customer_id: str,
    arrived: visits.Presence,
    left: visits.Presence | None = None,
    *,
    rep_id: str = "",
) -> str:
    """Record a visit of Sari's with exactly this evidence."""
    visit_id, rep_id = new_id(), rep_id or company.sari
    visits.create_visit(
        visit_id=visit_id,
        rep_id=rep_id,
        customer_id=customer_id,
        stop_id=None,
        time_zone=ZONE,
        at=arrived.time.at,
    )
    visits.check_in(visit_id=visit_id, rep_id=rep_id, presence=arrived)
    if left is not None:
        visits.check_out(visit_id=visit_id, rep_id=rep_id, presence=left)
    return visit_id


def clocked(
    seen: visits.Presence, clock: ClockReading, received_at: dt.datetime
) -> visits.Presence:
    """Return the same, with the time worked out from the phone's clocks."""
    time = trust_time(clock, received_at=received_at)
    return replace(seen, clock=clock, time=time, received_at=received_at)


def test_an_honest_day_raises_nothing(company: Company) -> None:
    with transaction():
        start_work(company.sari)
        for number in range(8):
            shop = shop_at(company, f"Shop {number}", 900.0 * number)
            at = MONDAY_9 + number * 40 * MINUTE
            record_visit(rep_id=company.sari, customer_id=shop, at=at, minutes=25)
        jitter = [(5.0 * step, 7.0 * (step % 3)) for step in range(50)]
        record_track(company.sari, jitter)

    assert raised() == []


def test_a_mocked_provider(company: Company) -> None:
    with transaction():
        seen = presence(company.shop, MONDAY_9)
        assert seen.fix is not None
        visit(company, company.shop, replace(seen, fix=replace(seen.fix, is_mock=True)))

    assert raised() == [(Rule.MOCK_LOCATION, {"mocked": 1, "of": 1})]


def test_mocked_and_real_fixes_in_one_track(company: Company) -> None:
    with transaction():
        start_work(company.sari)
        record_track(company.sari, [(minute, 50 * minute) for minute in range(5)])
        record_track(company.sari, [(minute, 50 * minute) for minute in range(5, 8)], is_mock=True)

    assert raised() == [(Rule.MOCK_LOCATION, {"mocked": 3, "of": 8})]


def test_a_teleport(company: Company) -> None:
    """Twenty minutes in one shop, and a minute later 60 km away."""
    with transaction():
        far = shop_at(company, "Far", 60_000)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.sari, customer_id=far, at=MONDAY_9 + 21 * MINUTE)

    assert raised() == [
        (Rule.IMPOSSIBLE_TRAVEL, {"distance_km": 60, "minutes": 1, "limit_kmh": 200})
    ]


def test_a_fast_train_is_no_teleport_and_neither_is_a_weak_fix(company: Company) -> None:
    with transaction():
        far = shop_at(company, "Far", 60_000)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.sari, customer_id=far, at=MONDAY_9 + 40 * MINUTE)
        near = shop_at(company, "Near", 63_000)
        weak = presence(near, MONDAY_9 + 61 * MINUTE, accuracy_m=2_500)
        visit(company, near, weak)

    assert rules() == set()


def test_a_company_of_fast_trains_sets_another_speed(app: Flask, company: Company) -> None:
    with transaction():
        far = shop_at(company, "Far", 60_000)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.sari, customer_id=far, at=MONDAY_9 + 32 * MINUTE)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, fastest_kmh=350)
    try:
        assert raised() == []
    finally:
        app.extensions["settings"] = settings


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (Verdict.INSIDE, [(Rule.VERDICT_DIFFERS, {"moments": 1})]),
        (Verdict.OUTSIDE, []),
        (None, []),
    ],
)
def test_a_phone_that_showed_another_verdict_than_its_records_give(
    company: Company, shown: Verdict | None, expected: list[tuple[Rule, dict[str, Any]]]
) -> None:
    with transaction():
        seen = presence(company.shop, MONDAY_9, metres_away=400)
        visit(company, company.shop, replace(seen, phone_verdict=shown))

    assert raised() == expected


def test_a_check_in_at_a_time_nobody_can_vouch_for_proves_no_teleport(company: Company) -> None:
    with transaction():
        far = shop_at(company, "Far", 60_000)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        later = MONDAY_9 + 21 * MINUTE
        reading = ClockReading(
            wall_at=later + dt.timedelta(days=1), time_zone=ZONE, boot_id="2", elapsed_ms=5
        )
        visit(company, far, clocked(presence(far, later), reading, later))

    assert rules() == {Rule.CLOCK_TAMPERED}


@pytest.mark.parametrize("off", [dt.timedelta(days=-1), dt.timedelta(hours=3)])
def test_the_clock_set_back_or_forward_and_the_phone_restarted(
    company: Company, off: dt.timedelta
) -> None:
    """Back-dated: after a restart without contact there is only the wall clock to go by."""
    anchor = Anchor(server_at=MONDAY_9 - 30 * MINUTE, elapsed_ms=1_000, boot_id="before")
    reading = ClockReading(
        wall_at=MONDAY_9 + off, time_zone=ZONE, boot_id="after", elapsed_ms=60_000, anchor=anchor
    )
    with transaction():
        seen = presence(company.shop, MONDAY_9)
        visit(company, company.shop, clocked(seen, reading, MONDAY_9 + 5 * MINUTE))

    assert rules() == {Rule.CLOCK_TAMPERED}


@pytest.mark.parametrize("boot", ["same", "restarted"])
def test_a_wrong_clock_of_a_running_phone_and_an_honest_restart_raise_nothing(
    company: Company, boot: str
) -> None:
    """The clock is an hour ahead, but the phone's time since boot proves the time."""
    anchor = Anchor(server_at=MONDAY_9 - 30 * MINUTE, elapsed_ms=1_000, boot_id="same")
    ahead = dt.timedelta(hours=1) if boot == "same" else dt.timedelta(seconds=40)
    reading = ClockReading(
        wall_at=MONDAY_9 + ahead,
        time_zone=ZONE,
        boot_id=boot,
        elapsed_ms=1_801_000,
        anchor=anchor,
    )
    with transaction():
        seen = presence(company.shop, MONDAY_9)
        visit(company, company.shop, clocked(seen, reading, MONDAY_9 + 5 * MINUTE))

    assert raised() == []


@pytest.mark.parametrize(("fast", "expected"), [(False, {Rule.CLOCK_TAMPERED}), (True, set())])
def test_a_position_from_the_future_and_a_clock_that_is_fast(
    company: Company, *, fast: bool, expected: set[Rule]
) -> None:
    """A phone whose clock is an hour fast stamps its positions with it; the time is proven."""
    hour_later = MONDAY_9 + 60 * MINUTE
    with transaction():
        seen = presence(company.shop, MONDAY_9)
        assert seen.fix is not None
        clock = replace(seen.clock, wall_at=hour_later if fast else MONDAY_9)
        later = replace(seen, fix=replace(seen.fix, fix_at=hour_later), clock=clock)
        visit_id = visit(company, company.shop, later)
    kept = db.session.scalars(select(CheckIn).where(CheckIn.visit_id == visit_id)).one()

    assert kept.fix_at == hour_later
    assert kept.time_flags == ["future_fix"]
    assert rules() == expected


def test_a_fix_frozen_in_the_track(company: Company) -> None:
    with transaction():
        start_work(company.sari)
        record_track(company.sari, [(4 * step, 0) for step in range(21)])

    assert raised() == [(Rule.FROZEN_FIX, {"fixes": 21, "minutes": 80})]


def test_one_position_for_three_customers(company: Company) -> None:
    with transaction():
        here = presence(company.shop, MONDAY_9)
        for number in range(3):
            shop = shop_at(company, f"Shop {number}", 30.0 * number)
            at = MONDAY_9 + number * 30 * MINUTE
            visit(company, shop, replace(presence(shop, at), fix=here.fix))

    assert raised() == [(Rule.FROZEN_FIX, {"fixes": 3, "minutes": 60})]


def visit_at_heights(company: Company, *heights_m: float | None) -> None:
    for number, altitude_m in enumerate(heights_m):
        shop = shop_at(company, f"Shop {number}", 900.0 * number)
        seen = presence(shop, MONDAY_9 + number * 30 * MINUTE)
        assert seen.fix is not None
        visit(company, shop, replace(seen, fix=replace(seen.fix, altitude_m=altitude_m)))


def test_one_altitude_and_accuracy_for_three_places(company: Company) -> None:
    with transaction():
        visit_at_heights(company, 12.37, 12.37, 31.02, 12.37)

    assert raised() == [(Rule.FROZEN_FIX, {"fixes": 3, "minutes": 90})]


@pytest.mark.parametrize("height_m", [None, 0.0, 28.0])
def test_a_rounded_altitude_that_repeats_is_no_signal(
    company: Company, height_m: float | None
) -> None:
    with transaction():
        visit_at_heights(company, height_m, height_m, height_m, 12.37, 12.37)

    assert raised() == []


def test_a_parked_phone_and_two_shops_behind_one_door_are_not_frozen(company: Company) -> None:
    with transaction():
        start_work(company.sari)
        record_track(company.sari, [(4.0 * step, 1.5 * (step % 2)) for step in range(21)])
        here = presence(company.shop, MONDAY_9)
        neighbour = shop_at(company, "Neighbour", 10)
        visit(company, company.shop, here)
        visit(
            company, neighbour, replace(presence(neighbour, MONDAY_9 + 30 * MINUTE), fix=here.fix)
        )

    assert raised() == []


def test_visits_too_short_and_too_many(company: Company) -> None:
    with transaction():
        for number in range(13):
            at = MONDAY_9 + number * 4 * MINUTE
            record_visit(rep_id=company.sari, customer_id=company.shop, at=at, minutes=1)

    assert raised() == [
        (Rule.TOO_MANY, {"visits": 13}),
        (Rule.TOO_SHORT, {"visits": 13, "minutes": 2}),
    ]


def test_two_quick_visits_and_twelve_in_an_hour_are_a_busy_day(company: Company) -> None:
    with transaction():
        for number in range(12):
            at = MONDAY_9 + number * 5 * MINUTE
            minutes = 1 if number < 2 else 3
            record_visit(rep_id=company.sari, customer_id=company.shop, at=at, minutes=minutes)

    assert raised() == []


def test_visits_to_two_customers_at_once(company: Company) -> None:
    with transaction():
        other = shop_at(company, "Other", 300)
        record_visit(rep_id=company.sari, customer_id=company.shop, minutes=60)
        record_visit(rep_id=company.sari, customer_id=other, at=MONDAY_9 + 20 * MINUTE)

    assert raised() == [(Rule.TWO_PLACES, {"minutes": 20, "phones": 1})]


def test_a_forgotten_check_out_is_not_two_places(company: Company) -> None:
    with transaction():
        other = shop_at(company, "Other", 300)
        record_visit(rep_id=company.sari, customer_id=company.shop, minutes=None)
        record_visit(rep_id=company.sari, customer_id=other, at=MONDAY_9 + 20 * MINUTE)

    assert raised() == []


def on_phones(company: Company, *devices: str) -> None:
    for number, device_id in enumerate(devices):
        at = MONDAY_9 + number * 30 * MINUTE
        seen = replace(presence(company.shop, at), device_id=device_id)
        gone = replace(presence(company.shop, at + 20 * MINUTE), device_id=device_id)
        visit(company, company.shop, seen, gone)


def test_one_account_in_turns_on_two_phones(company: Company) -> None:
    first, second = new_id(), new_id()
    with transaction():
        on_phones(company, first, second, first)

    assert raised() == [(Rule.TWO_PLACES, {"minutes": 0, "phones": 2})]


def test_a_new_phone_takes_over_without_a_word(company: Company) -> None:
    first, second = new_id(), new_id()
    with transaction():
        on_phones(company, first, second, second)

    assert raised() == []


def test_a_check_out_far_from_the_customer(company: Company) -> None:
    with transaction():
        visit(
            company,
            company.shop,
            presence(company.shop, MONDAY_9),
            presence(company.shop, MONDAY_9 + 20 * MINUTE, metres_away=900),
        )

    assert [(rule, inputs["allowed_m"]) for rule, inputs in raised()] == [(Rule.FAR_CHECKOUT, 100)]


@pytest.mark.parametrize(("metres_away", "accuracy_m"), [(110, 10), (900, 600), (900, 0)])
def test_a_check_out_at_the_gate_or_with_a_weak_fix_is_not_far(
    company: Company, metres_away: float, accuracy_m: float
) -> None:
    with transaction():
        left_at = MONDAY_9 + 20 * MINUTE
        visit(
            company,
            company.shop,
            presence(company.shop, MONDAY_9),
            presence(company.shop, left_at, metres_away=metres_away, accuracy_m=accuracy_m),
        )

    assert raised() == []


def move(company: Company, customer_id: str, *, at: dt.datetime) -> None:
    proposal_id = new_id()
    customers.propose_location(
        proposal_id=proposal_id,
        customer_id=customer_id,
        rep_id=company.sari,
        latitude=-6.19,
        longitude=106.83,
        accuracy_m=8,
        at=at,
    )
    db.session.flush()
    customers.decide_location(access=SYSTEM, proposal_id=proposal_id, approve=True, at=at)


def test_a_customers_point_moved_before_the_visit(company: Company) -> None:
    with transaction():
        move(company, company.shop, at=MONDAY_9 - 3 * 60 * MINUTE)
        seen = presence(company.shop, MONDAY_9)
        visit(company, company.shop, replace(seen, fence=replace(seen.fence, location_version=2)))

    assert raised() == [(Rule.LOCATION_MOVED, {"hours": 3})]


def test_a_customers_point_moved_after_the_visit(company: Company) -> None:
    with transaction():
        record_visit(rep_id=company.sari, customer_id=company.shop)
    assert raised() == []
    with transaction():
        move(company, company.shop, at=MONDAY_9 + 5 * 60 * MINUTE)

    assert raised() == [(Rule.LOCATION_MOVED, {"hours": 5})]


def test_the_first_point_of_a_customer_and_one_moved_last_week_are_no_signal(
    company: Company,
) -> None:
    with transaction():
        without = Fence(customer_id=company.shop, latitude=None, longitude=None)
        visit(company, company.shop, replace(presence(company.shop, MONDAY_9), fence=without))
        move(company, company.shop, at=MONDAY_9 + 30 * MINUTE)
        move(company, company.kiosk, at=MONDAY_9 - dt.timedelta(days=7))
        seen = presence(company.kiosk, MONDAY_9)
        second = replace(seen, fence=replace(seen.fence, location_version=2))
        visit(company, company.kiosk, second, rep_id=company.rina)

    assert raised() == []


def test_looking_twice_raises_nothing_twice(company: Company) -> None:
    with transaction():
        far = shop_at(company, "Far", 60_000)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.sari, customer_id=far, at=MONDAY_9 + 21 * MINUTE)
    first = raised()
    with transaction():
        record_visit(rep_id=company.sari, customer_id=far, at=MONDAY_9 + 60 * MINUTE)

    assert raised() == first
    assert len(first) == 1


def test_late_evidence_withdraws_a_signal_nobody_has_reviewed(company: Company) -> None:
    """Three visits of a minute, one of them cancelled with a reason later."""
    with transaction():
        ids = [
            record_visit(
                rep_id=company.sari,
                customer_id=company.shop,
                at=MONDAY_9 + number * 20 * MINUTE,
                minutes=1,
            )
            for number in range(3)
        ]
    assert rules() == {Rule.TOO_SHORT}
    with transaction():
        visits.patch_visit(
            visit_id=ids[0],
            rep_id=company.sari,
            fields={"state": "cancelled", "cancel_reason": "Wrong shop"},
            at=MONDAY_9 + 90 * MINUTE,
        )

    assert raised() == []
