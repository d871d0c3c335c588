"""An order with few taps: as last time, by a code, and the reason for none remembered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.simulated_camera import SimulatedCamera
from mobile.screens.order.view_model import OrderViewModel
from mobile.screens.photos import Photos
from mobile.screens.visit.view_model import VisitViewModel
from mobile.services.basket import BasketService
from mobile.services.customers import CustomerService
from mobile.services.leaving import LeavingService
from mobile.services.photos import PhotoService
from mobile.services.products import ProductService
from mobile.services.recorder import Recorder
from mobile.services.settings import SettingsService
from mobile.services.visits import VisitService
from mobile.storage.photo_files import PhotoFiles
from shared.checkin.evidence import Fix
from shared.sync.ids import new_id
from shared.vocabulary import NoSaleReason
from tests.fakes.phone import FakeClock, a_customer, a_fix, make_recorder, pull

MAJU, TEA, RICE, SALT, OLD = (new_id() for _ in "12345")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    rows = [("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9))]
    rows.append(("stage", "won", 1, {"name": "Won", "kind": "won", "position": 1}))
    for number, (key, name) in enumerate(((TEA, "Teh"), (RICE, "Beras"), (SALT, "Garam")), 1):
        rows.append(("product", key, 1, {"sku": f"P-{number}", "name": name, "price_minor": 100}))
    gone: dict[str, object] = {"sku": "OLD", "name": "Lama", "price_minor": 1, "active": False}
    rows.append(("product", OLD, 1, gone))
    lines = [
        {"product_id": key, "quantity": count, "unit_price_minor": 90}
        for key, count in ((TEA, 12), (OLD, 5), (SALT, 3), (TEA, 1))
    ]
    order: dict[str, object] = {
        "customer_id": MAJU,
        "stage_key": "won",
        "currency": "IDR",
        "lines": lines,
    }
    rows.append(("deal", new_id(), 1, {**order, "closed_on": "2026-11-16"}))
    earlier = {**order, "lines": [{**lines[0], "quantity": 99}], "closed_on": "2026-11-09"}
    rows.append(("deal", new_id(), 1, earlier))
    pull(recorder, *rows)
    yield recorder
    recorder.database.close()


@pytest.fixture
def visits(recorder: Recorder, clock: FakeClock) -> VisitService:
    visits = VisitService(recorder=recorder)
    visits.check_in(customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now()))
    return visits


@pytest.fixture
def order(recorder: Recorder, visits: VisitService) -> OrderViewModel:
    order = OrderViewModel(
        products=ProductService(database=recorder.database),
        baskets=BasketService(recorder=recorder),
        visits=visits,
        drafts=SettingsService(database=recorder.database),
    )
    order.refresh()
    return order


def quantities(visits: VisitService) -> dict[str, int]:
    visit = visits.open_visit()
    assert visit is not None
    return {line.product_id: line.quantity for line in visit.lines}


def test_what_was_ordered_last_stands_first_and_is_repeated_with_one_tap(
    order: OrderViewModel, visits: VisitService
) -> None:
    assert [row.name for row in order.state.rows] == ["Teh", "Garam", "Beras"]
    assert order.state.repeat == "As last time (Monday, 16 November): 2 products"

    order.set_quantity(TEA, 2)
    undo = order.repeat()
    assert order.state.repeat == ""
    undo()
    order.repeat()
    order.finish()
    # What the rep had chosen stays; today's prices count; what is sold no more is left out.
    assert quantities(visits) == {TEA: 2, SALT: 3}
    visit = visits.open_visit()
    assert visit is not None
    assert visit.amount_minor == 500


def test_a_code_typed_or_scanned_orders_one_more(
    order: OrderViewModel, visits: VisitService
) -> None:
    assert order.enter(" p-2 ") == "Beras: 1"
    assert order.enter("P-2") == "Beras: 2"
    assert order.enter("") == ""
    assert "8991234567890" in order.enter("8991234567890")
    assert order.enter("OLD").startswith("No product")
    order.finish()

    assert quantities(visits) == {RICE: 2}


def test_the_order_of_this_visit_is_not_its_own_last_time(
    order: OrderViewModel, visits: VisitService
) -> None:
    order.set_quantity(RICE, 7)
    order.finish()
    order.refresh()

    assert [row.name for row in order.state.rows] == ["Beras", "Teh", "Garam"]
    assert order.state.repeat.endswith("2 products")
    assert quantities(visits) == {RICE: 7}


def test_no_row_moves_under_the_thumb_when_a_sync_comes_in(
    order: OrderViewModel, recorder: Recorder
) -> None:
    order.step(RICE, 1)
    new: dict[str, object] = {"sku": "P-0", "name": "Arang", "price_minor": 1}
    pull(recorder, ("product", new_id(), 1, new))
    order.refresh()

    assert [row.name for row in order.state.rows] == ["Teh", "Garam", "Beras", "Arang"]
    assert [row.quantity for row in order.state.rows] == [0, 0, 1, 0]


def test_a_draft_stays_in_the_currency_it_was_begun_in(
    order: OrderViewModel, visits: VisitService, recorder: Recorder
) -> None:
    tea: dict[str, object] = {"sku": "P-1", "name": "Teh", "price_minor": 100}
    order.step(TEA, 3)
    shop = a_customer("Toko Maju", latitude=-6.2, longitude=106.9) | {"currency": "SGD"}
    pull(recorder, ("customer", MAJU, 2, shop), ("product", TEA, 2, tea | {"prices": {"SGD": 9}}))
    order.refresh()
    assert (order.state.total, order.state.rows[0].amount) == ("Rp 3", "= Rp 3")

    order.step(TEA, -3)
    order.refresh()
    assert order.state.rows[0].detail == "SGD 0.09"
    # Of what was ordered last, rice and salt have no price in it.
    assert order.state.repeat.endswith("1 product")
    order.repeat()
    order.finish()

    visit = visits.open_visit()
    assert visit is not None
    assert (visit.currency, visit.amount_minor) == ("SGD", 13 * 9)


def test_the_reason_for_no_order_of_last_time_stands_first(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    visits = VisitService(recorder=recorder)
    camera = SimulatedCamera()
    screen = VisitViewModel(
        visits=visits,
        customers=CustomerService(recorder=recorder),
        gps=NoReceiver(),
        connectivity=SwitchedConnectivity(is_online=False),
        clock=clock,
        photos=Photos(
            photos=PhotoService(
                recorder=recorder, files=PhotoFiles(tmp_path / "photos"), pictures=camera
            ),
            camera=camera,
            background=lambda work, done: done(work()),
            zone=lambda: "Asia/Jakarta",
        ),
        leaving=LeavingService(recorder=recorder),
    )
    first = visits.check_in(customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now()))
    assert screen.resume()
    assert screen.no_sale_choices()[0][0] == "stock_enough"
    screen.set_no_sale("price")
    visits.check_out(first.id, fix=None)
    clock.pass_time(days=7)
    visits.check_in(customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now()))
    screen.resume()

    [first_choice, *others] = screen.no_sale_choices()
    assert first_choice[0] == "price"
    assert first_choice[2].endswith("as last time")
    assert len(others) == len(NoSaleReason) - 1


class NoReceiver:
    def start(self) -> None: ...

    def stop(self) -> None: ...

    def last_fix(self) -> Fix | None:
        return None
