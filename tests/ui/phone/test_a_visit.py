"""A visit by touch: measuring, verdict, outcome, check-out; and what a kill leaves."""

import shutil
from pathlib import Path

import pytest

from mobile.services.fences import WrongCodeError
from mobile.services.views import StopProgress, VisitView
from shared.checkin.policy import override_code
from shared.time import business_day
from tests.fakes.phone import KEY, FakeClock
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone
from tests.ui.phone.territory import OUTLETS, UNPLANNED, Territory

FIRST = OUTLETS[0][0]


def _start_day(phone: Phone) -> None:
    phone.pass_time(4)
    phone.tap("Start day")
    phone.tap("I agree, start")


def _open_visit(phone: Phone) -> VisitView:
    visit = phone.app.container.view_models.visit._visits.open_visit()
    assert visit is not None
    return visit


def test_an_order_is_taken_at_the_outlet_and_counted_today(phone: Phone) -> None:
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    assert phone.shows("at the outlet")
    assert phone.find("Check out", "FilledButton").disabled
    phone.tap("Take an order")
    for _ in range(3):
        phone.tap(phone.within(phone.find_row("Gula Pasir 1 kg", "ProductLine"), "plus"))
    assert phone.shows("Rp 51,750")
    phone.tap("Done")
    assert phone.shows("3 × Rp 17,250")
    phone.pass_time(60)
    phone.tap("Check out")

    assert phone.shows(f"Visit at {FIRST} is saved.")
    assert phone.shows("1/8")
    assert phone.shows("Rp 51.8k")
    assert phone.shows("Order Rp 51.8k")


def test_a_tap_counts_for_the_product_under_the_thumb(phone: Phone) -> None:
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    phone.tap("Take an order")
    orders = phone.app.container.view_models.order
    first, second, *_ = orders.state.rows

    # The list is shown anew between press and release, as by the tap before when thumbs are fast.
    for _ in range(4):
        plus = phone.within(phone.find_row(first.name, "ProductLine"), "plus")
        with phone.pressed(plus):
            orders.step(second.key, 1)

    quantities = {row.key: row.quantity for row in orders.state.rows if row.quantity}
    assert quantities == {first.key: 4, second.key: 4}


def test_without_an_order_a_reason_is_asked_for(phone: Phone) -> None:
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    phone.tap("Check out")
    assert _open_visit(phone).no_sale_reason is None
    phone.tap("No order: give the reason")
    phone.tap("Owner not there")
    phone.tap("Check out")

    assert phone.shows("Owner not there")
    assert phone.shows("1/8")


def test_far_away_the_rep_measures_twenty_seconds_and_then_decides(start: StartPhone) -> None:
    phone = start(at=OUTLETS[4][0])
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(10)
    assert phone.shows("outside")
    assert phone.shows("10 seconds left")
    assert phone.shows("Go on now")
    phone.pass_time(11)
    assert phone.shows("Measure again")
    phone.tap("Check in anyway")

    assert _open_visit(phone).verdict == "outside"
    assert (_open_visit(phone).distance_m or 0) > 1000


def test_without_gps_a_visit_is_recorded_as_not_certain(start: StartPhone) -> None:
    phone = start(at=None)
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(2)
    assert phone.shows("Looking for your position…")
    phone.tap("Go on now")

    assert _open_visit(phone).verdict == "uncertain"
    assert phone.shows("not certain")


def test_measuring_can_be_left_and_nothing_is_recorded(start: StartPhone) -> None:
    phone = start(at=OUTLETS[4][0])
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(3)
    phone.tap("Not now")
    phone.pass_time(30)

    assert phone.app.container.view_models.visit._visits.open_visit() is None
    assert phone.shows("Next stop")


def test_cancelling_needs_a_reason_and_a_second_yes(phone: Phone) -> None:
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    phone.screen.cancel()
    phone.frames(3)
    phone.tap("Wrong customer chosen")
    phone.tap("Go on with the visit")
    assert _open_visit(phone)
    phone.screen.cancel()
    phone.frames(3)
    phone.tap("Wrong customer chosen")
    phone.tap(phone.find("Cancel the visit", "FilledButton"))

    assert phone.app.container.view_models.visit._visits.open_visit() is None
    assert phone.shows("The visit was cancelled.")
    assert phone.shows("0/8")


def test_after_a_kill_the_app_comes_back_to_the_visit_with_order_and_notes(
    start: StartPhone, tmp_path: Path
) -> None:
    phone = start()
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    phone.screen.ids.notes.text = "shop moves in January"
    phone.wait(lambda: _open_visit(phone).notes != "")
    phone.tap("Take an order")
    row = phone.find_row("Gula Pasir 1 kg", "ProductLine")
    phone.tap(phone.within(row, "plus"))
    # What a kill leaves behind: the files as they are at this moment.
    shutil.copytree(tmp_path / "phone", tmp_path / "killed")
    phone = start(folder=tmp_path / "killed")

    assert phone.screen.name == "visit"
    assert phone.shows("1 × Rp 17,250")
    assert phone.screen.ids.notes.text == "shop moves in January"
    assert phone.shows("at the outlet")


def test_a_customer_without_a_stop_is_visited_unplanned(phone: Phone, territory: Territory) -> None:
    _start_day(phone)
    phone.tap("Customers")
    phone.type(phone.screen.ids.search, "cahaya")
    phone.wait(lambda: len(phone.screen.state.rows) == 1)
    phone.tap(phone.find_row(UNPLANNED, "CompactRow"))
    phone.tap("Check in, unplanned")
    phone.pass_time(21)
    phone.tap("Check in anyway")
    assert _open_visit(phone).customer.id == territory.customer_ids[UNPLANNED]
    phone.back()
    day = phone.app.container.view_models.today._days.today()

    assert day.stops[-1].stop_id is None
    assert day.stops[-1].progress == StopProgress.IN_VISIT


def test_a_second_visit_waits_for_the_first(phone: Phone, territory: Territory) -> None:
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    phone.app.customer(territory.customer_ids[OUTLETS[1][0]])
    phone.frames(3)

    assert phone.shows(f"Check out at {FIRST} first.")
    assert phone.find("Check in", "FilledButton").disabled


def test_the_running_timer_takes_no_typed_letter_away(phone: Phone) -> None:
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(6)
    phone.type(phone.screen.ids.notes, "Wants a")
    phone.screen._saving.cancel()  # the rep types on before the pause that saves
    phone.pass_time(2)
    phone.app._refresh()
    phone.frames(3)

    assert phone.screen.ids.notes.text == "Wants a"


def test_outside_a_closed_fence_only_a_code_of_the_manager_passes(
    start: StartPhone, territory: Territory, clock: FakeClock
) -> None:
    phone = start(at=OUTLETS[4][0])
    with phone.app.container._database.write() as connection:
        connection.execute(
            "INSERT INTO fence_policy (id, kind, key, rule, depth)"
            " VALUES ('p', 'organisation', '', 'block', 0)"
        )
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(10)
    phone.tap("Check in with a code")
    phone.type(phone.sheet().ids.entry, "00000000")
    with pytest.raises(WrongCodeError):  # what the app says in words
        phone.tap(phone.find("Check in", "FilledButton"))

    customer_id = territory.customer_ids[FIRST]
    day = business_day(clock.now(), clock.time_zone)
    code = override_code(KEY, customer_id=customer_id, day=day, number=1)
    phone.tap("Check in with a code")
    phone.type(phone.sheet().ids.entry, code)
    phone.tap(phone.find("Check in", "FilledButton"))

    assert _open_visit(phone).verdict == "outside"


def test_a_forgotten_check_out_is_proposed_at_the_last_moment_inside(
    start: StartPhone, clock: FakeClock
) -> None:
    phone = start(at=None)
    _start_day(phone)
    phone.tap("Check in")
    phone.pass_time(21)
    phone.tap("Check in anyway")
    phone.tap("No order: give the reason")
    phone.tap("Owner not there")
    clock.pass_time(hours=2)
    phone.back()
    phone.screen.finish()
    phone.frames(3)
    phone.tap(phone.find("End day", "FilledButton"))

    assert phone.shows("You seem to have left at 08:00.")
    phone.tap("Check out at 08:00")
    assert phone.shows(f"Visit at {FIRST} is saved.")
