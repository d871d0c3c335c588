"""True packets lost, late, doubled, overtaken and cut off between phones and the web server.

Both ends are processes with the kernel's own TCP, in network namespaces of their own; three phones
at a time, each behind a radio with a seed of its own (`tests/support/packets`).
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from server.deals.models import Deal
from server.identity.models import Device
from server.photos.models import Photo
from server.platform.database import db
from server.platform.redis_server import free_port
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import Visit
from shared.vocabulary import PhotoState
from tests.bench.crowd import add_customers
from tests.e2e.pocket import PhoneInPocket, phone_in_pocket, sync_until_sent
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.application import running_app
from tests.support.packets.links import (
    NoPacketsError,
    PacketLinks,
    packet_links,
    server_behind,
    url_of,
)
from tests.support.packets.radio import Link
from tests.support.tapak import wait_until

_SEEDS = (1, 2, 3)
_PATIENCE_S = 240.0
_PHOTO_PX = 300
"""On each side: 270 kB, two pieces."""
_CABLE = Link()
_BEFORE_THE_ANSWER = 250
"""Bytes: some packets that say that the request has come, and not the answer to it."""


class Rep:
    """One with a phone behind a radio, who works offline and syncs over what there is."""

    def __init__(
        self, number: int, seed: int, company: Company, links: PacketLinks, phone: PhoneInPocket
    ) -> None:
        self.number, self.company, self.phone = number, company, phone
        self.rng = random.Random(seed)
        self._links = links
        self._notes: list[str] = []
        self._photos = 0

    def link(self, link: Link) -> None:
        """Have a link like this from now on."""
        self._links.become(link, self.number)

    @property
    def packets(self) -> dict[str, int]:
        """What has become of them."""
        return self._links.counts(self.number)

    def work(self, visits: int, *, photos: int = 0) -> None:
        """Make visits with an order and notes that hardly become shorter when packed."""
        for number in range(visits):
            latitude, longitude = MAJU
            place = {"latitude": latitude, "longitude": longitude}
            self.phone.do("check_in", customer=self.company.maju, **place)
            self.phone.do("order", product=self.company.soda, quantity=1, price_minor=5_000_00)
            self._notes.append(self.rng.randbytes(200).hex())
            self.phone.do("notes", text=self._notes[-1])
            if number < photos:
                self.phone.do("photo", noise_px=_PHOTO_PX)
            self.phone.do("check_out")
        self._photos += photos

    def given(self, customers: int) -> None:
        """Be given customers by the office."""
        with self.company.app.app_context(), transaction():
            add_customers(self.company.sari, self.company, count=customers)

    def until_sent(self) -> None:
        """Sync until a sync comes to its end and nothing waits, photos neither."""
        sync_until_sent(self.phone, timeout_s=_PATIENCE_S)
        if self._photos:
            wait_until(lambda: self.phone.do("send_photos") == "", timeout_s=_PATIENCE_S)
            sync_until_sent(self.phone, timeout_s=_PATIENCE_S)

    def check(self, folder: Path) -> None:
        """
        Look whether everything has arrived once, and whether phone and server hold the same.

        :raises AssertionError: if not
        """
        self.link(_CABLE)
        assert self.phone.do("sync") == ""  # what was sent last comes back with it
        assert self.phone.do("waiting") == [0, 0]
        self.phone.end()
        sari = self.company.sari
        handset = Handset(folder / "phone.db", Network(self.company.app))
        with self.company.app.app_context():
            check_equal_to_the_server(handset, sari)
            visits = db.session.scalars(select(Visit).where(Visit.rep_id == sari))
            assert sorted(visit.notes or "" for visit in visits) == sorted(self._notes)
            deals = db.session.scalars(select(Deal).where(Deal.owner_id == sari))
            assert [deal.amount_minor for deal in deals] == [5_000_00] * len(self._notes)
            photos = db.session.scalars(select(Photo.state).where(Photo.rep_id == sari))
            assert photos.all() == [PhotoState.PRESENT] * self._photos
            sent = db.session.scalars(
                select(ChangeLog.sequence)
                .join(Device, Device.id == ChangeLog.device_id)
                .where(Device.user_id == sari)
                .order_by(ChangeLog.sequence)
            ).all()
            assert sent == list(range(1, len(sent) + 1))
            assert len(sent) >= 4 * len(self._notes)
        handset.switch_off()


Field = Callable[[Callable[[Rep], None], int], None]


@pytest.fixture
def in_the_field(database_url: str, tmp_path: Path) -> Field:
    """Return what lets reps do something all at once, several with each seed, and checks them."""

    @contextmanager
    def reps(each: int) -> Iterator[list[Rep]]:
        settings = Settings(data=tmp_path, database_url=database_url, port=free_port())
        seeds = _SEEDS * each
        with ExitStack() as stack:
            app = stack.enter_context(running_app(settings))
            try:
                links = stack.enter_context(packet_links(seeds))
            except NoPacketsError as error:
                pytest.skip(f"packets need root on Linux, /dev/net/tun and iproute2: {error}")
            stack.enter_context(server_behind(links, settings))
            made = []
            for number, seed in enumerate(seeds):
                company = found_company(app)
                with links.at_phone(number):
                    phone = stack.enter_context(phone_in_pocket(tmp_path / f"phone-{number}"))
                code = company.enrolment_code(company.sari)
                phone.do("enrol", server=url_of(settings, number), code=code)
                made.append(Rep(number, seed, company, links, phone))
            for rep in made:  # each company's products travel to all of them
                rep.until_sent()
            yield made

    def do_all_at_once(do: Callable[[Rep], None], each: int) -> None:
        with reps(each) as made:
            with ThreadPoolExecutor(max_workers=len(made)) as threads:
                list(threads.map(do, made))
            for number, rep in enumerate(made):
                rep.check(tmp_path / f"phone-{number}")
            with made[0].company.app.app_context():
                assert changes.wrong_scopes() == []

    return do_all_at_once


@pytest.mark.fault("link", "10 % of packets lost each way, 2 s, 50 kbit/s")
@pytest.mark.longest
def test_packets_are_lost(in_the_field: Field, record_property: Callable[..., None]) -> None:
    def sync(rep: Rep) -> None:
        rep.work(6)
        rep.given(40)
        rep.link(Link(round_trip_s=2.0, rate=50_000, lost=0.1))
        rep.until_sent()
        assert rep.packets["lost"] > 0

    in_the_field(sync, 1)
    record_property("times", len(_SEEDS))


@pytest.mark.fault("link", "flapping: up for 3 s, down for 3 s")
@pytest.mark.longest
def test_the_link_comes_and_goes(in_the_field: Field, record_property: Callable[..., None]) -> None:
    def sync(rep: Rep) -> None:
        rep.link(Link(round_trip_s=0.3, rate=200_000, up_s=3.0, down_s=3.0))
        while rep.packets.get("lost", 0) < 5:
            rep.work(1)
            rep.given(10)
            rep.until_sent()

    in_the_field(sync, 1)
    record_property("times", len(_SEEDS))


@pytest.mark.fault("link", "packets late, doubled and overtaken by later ones")
@pytest.mark.longest
def test_packets_come_in_another_order_and_twice(
    in_the_field: Field, record_property: Callable[..., None]
) -> None:
    def sync(rep: Rep) -> None:
        rep.work(6, photos=1)
        rep.given(300)
        late = Link(round_trip_s=0.2, jitter_s=0.05, held_back=0.2, held_back_s=0.2)
        rep.link(replace(late, rate=500_000, doubled=0.2))
        rep.until_sent()
        assert rep.packets["doubled"] > 0
        assert rep.packets["held back"] > 0

    in_the_field(sync, 1)
    record_property("times", len(_SEEDS))


@pytest.mark.fault("link", "gone in the middle of a push or a pull, for longer than the time-out")
@pytest.mark.longest
def test_the_link_goes_away_and_comes_back(
    in_the_field: Field, record_property: Callable[..., None]
) -> None:
    """With each seed one loses the link in what it sends, one in the answer, one in what comes."""

    def sync(rep: Rep) -> None:
        link = Link(round_trip_s=0.2, rate=200_000)
        match rep.number // len(_SEEDS):
            case 0:
                rep.work(12)
                rep.link(replace(link, cut_after=(rep.rng.randrange(600, 5_000), None)))
            case 1:
                rep.work(12)
                rep.link(replace(link, cut_after=(None, _BEFORE_THE_ANSWER)))
            case _:
                rep.given(600)
                rep.link(replace(link, cut_after=(None, rep.rng.randrange(2_000, 25_000))))
        assert rep.phone.do("sync") == "offline"  # when the phone's patience ends
        rep.work(1)
        assert rep.phone.do("sync") == "offline"
        rep.link(_CABLE)
        rep.until_sent()

    in_the_field(sync, 3)
    record_property("times", 3 * len(_SEEDS))
