"""A rep's working day as it really went: where, when, and what came of each call."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.orders import Order, take_order
from server.demo.people import Rep
from server.demo.plans import Stop, start_of
from server.demo.seasons import demand
from server.demo.territory import Outlet, nearest
from shared.geo import Position, haversine_m
from shared.vocabulary import CustomerClass, NoSaleReason

# Roads are longer than the straight line.
DETOUR = 1.35
_MINUTES = {CustomerClass.A: 41.0, CustomerClass.B: 29.0, CustomerClass.C: 18.0}
_LATEST_CALL_MINUTE = 17 * 60 + 15
_NO_SALE = (
    (NoSaleReason.STOCK_ENOUGH, 38),
    (NoSaleReason.OWNER_ABSENT, 19),
    (NoSaleReason.NO_MONEY, 13),
    (NoSaleReason.PRICE, 9),
    (NoSaleReason.COMPETITOR, 8),
    (NoSaleReason.CLOSED, 6),
    (NoSaleReason.OVERDUE_PAYMENT, 5),
    (NoSaleReason.OTHER, 2),
)
_STOP_CANCELLED = (
    "Toko tutup, pemilik mudik",
    "Jalan banjir, tidak bisa lewat",
    "Pemilik minta dijadwalkan ulang",
    "Toko sedang renovasi",
)
_VISIT_CANCELLED = ("Toko ternyata tutup", "Salah pilih pelanggan", "Pemilik pergi mendadak")
_NOTES = (
    "Pajangan dirapikan, stok lama ditarik ke depan.",
    "Minta materi promosi untuk depan toko.",
    "Pemilik minta kunjungan pagi hari.",
    "Kompetitor memberi bonus 10+1.",
    "Pembayaran minggu depan, sudah disepakati.",
    "Tertarik dengan varian baru, tindak lanjuti.",
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A visit: arrived, left, and either an order, or a reason for none, or cancelled."""

    visit_id: str
    outlet: Outlet
    stop: Stop | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    order: Order | None = None
    no_sale_reason: NoSaleReason | None = None
    cancel_reason: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Stay:
    """A while at one point, on the way or in an outlet."""

    position: Position
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(kw_only=True)
class WorkedDay:
    """Everything a rep did on a day."""

    work_day_id: str
    rep: Rep
    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    calls: list[Call] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    cancelled: dict[str, tuple[str, dt.datetime]] = field(default_factory=dict)
    """By id of the stop: why it was left out, and when that was said."""


def work(company: Company, rep: Rep, day: dt.date, stops: Sequence[Stop]) -> WorkedDay:
    """Return the whole day of a rep with this plan; what is later than now is cut off later."""
    chance = company.chance("day", rep.code, day)
    home = start_of(company, rep)
    start = company.at(day, rep.ways.starts_at_minute + chance.gauss(0, 9))
    worked = WorkedDay(
        work_day_id=chance.record_id(start), rep=rep, day=day, starts_at=start, ends_at=start
    )
    clock = start + dt.timedelta(minutes=chance.uniform(4, 12))
    worked.stays.append(Stay(position=home, starts_at=start, ends_at=clock))
    latest = company.at(day, _LATEST_CALL_MINUTE)
    lunch_at = company.at(day, 12 * 60 + chance.uniform(-20, 30))
    here, had_lunch = home, False
    for outlet, stop in _way(chance, company, stops, worked):
        clock += _travel_time(chance, here, outlet.position)
        if clock > latest:
            break
        if not had_lunch and clock > lunch_at:
            rest_until = clock + dt.timedelta(minutes=chance.uniform(28, 50))
            worked.stays.append(Stay(position=here, starts_at=clock, ends_at=rest_until))
            clock = rest_until + dt.timedelta(minutes=chance.uniform(3, 8))
            had_lunch = True
        starts_at = _whole_second(clock)
        call = _call(chance, company, outlet, stop, day=day, starts_at=starts_at)
        worked.calls.append(call)
        clock = call.ends_at + dt.timedelta(minutes=chance.uniform(2, 6))
        parked_at = starts_at - dt.timedelta(seconds=chance.uniform(10, 50))
        worked.stays.append(Stay(position=outlet.position, starts_at=parked_at, ends_at=clock))
        here = outlet.position
    clock += _travel_time(chance, here, home)
    worked.stays.append(
        Stay(position=home, starts_at=clock, ends_at=clock + dt.timedelta(minutes=3))
    )
    worked.ends_at = _whole_second(clock + dt.timedelta(minutes=3))
    return worked


def _way(
    chance: Chance, company: Company, stops: Sequence[Stop], worked: WorkedDay
) -> list[tuple[Outlet, Stop | None]]:
    """Return the outlets in the order they were really visited, unplanned ones among them."""
    rep, day, start = worked.rep, worked.day, worked.starts_at
    way: list[tuple[Outlet, Stop | None]] = []
    left = list(stops)
    while left:
        orderly = len(left) == 1 or chance.happens(rep.ways.orderliness)
        stop = left.pop(0 if orderly else chance.randrange(1, min(4, len(left))))
        if chance.happens(0.022):
            said_at = start + dt.timedelta(minutes=chance.uniform(5, 200))
            worked.cancelled[stop.id] = (chance.choice(_STOP_CANCELLED), _whole_second(said_at))
        elif chance.happens(rep.ways.diligence):
            way.append((stop.outlet, stop))
    planned = {stop.outlet.id for stop in stops}
    others = [
        outlet
        for outlet in company.outlets_of(rep)
        if outlet.id not in planned and outlet.joined_on < day
    ]
    for _ in range(min(chance.how_many(rep.ways.unplanned_per_day), len(others))):
        # The nearest of a few, as reps drop in where they pass by.
        place = chance.randrange(len(way) + 1)
        near = way[place - 1][0].position if place else start_of(company, rep)
        some = chance.sample(others, min(5, len(others)))
        outlet = nearest(near, some)
        others.remove(outlet)
        way.insert(place, (outlet, None))
    return way


def _call(
    chance: Chance,
    company: Company,
    outlet: Outlet,
    stop: Stop | None,
    *,
    day: dt.date,
    starts_at: dt.datetime,
) -> Call:
    minutes = chance.about(_MINUTES[outlet.customer_class], spread=0.3)
    visit_id = chance.record_id(starts_at)
    note = chance.choice(_NOTES) if chance.happens(0.14) else ""
    persuasion = outlet.rep.ways.persuasion * demand(day, founded_on=company.founded_on) ** 0.3
    if chance.happens(0.012):
        return Call(
            visit_id=visit_id,
            outlet=outlet,
            stop=stop,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(seconds=round(chance.uniform(60, 240))),
            cancel_reason=chance.choice(_VISIT_CANCELLED),
        )
    has_left = outlet.left_on is not None and day >= outlet.left_on
    if not chance.happens(min(persuasion, 0.8)) or has_left:
        reasons, weights = zip(*_NO_SALE, strict=True)
        reason = NoSaleReason.COMPETITOR if has_left else chance.choices(reasons, weights)[0]
        return Call(
            visit_id=visit_id,
            outlet=outlet,
            stop=stop,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(seconds=round(max(2.5, minutes * 0.55) * 60)),
            no_sale_reason=reason,
            note=note,
        )
    ends_at = starts_at + dt.timedelta(seconds=round(max(5.0, minutes) * 60))
    order_at = ends_at - dt.timedelta(seconds=chance.randrange(40, 200))
    return Call(
        visit_id=visit_id,
        outlet=outlet,
        stop=stop,
        starts_at=starts_at,
        ends_at=ends_at,
        order=take_order(chance, company, outlet, day=day, at=order_at),
        note=note,
    )


def _travel_time(chance: Chance, here: Position, there: Position) -> dt.timedelta:
    speed_mps = chance.uniform(16, 27) / 3.6
    return dt.timedelta(seconds=60 + haversine_m(here, there) * DETOUR / speed_mps)


def _whole_second(at: dt.datetime) -> dt.datetime:
    return at.replace(microsecond=0)
