"""The outlets of the demo company: shops around real places, a compact territory for each rep."""

import csv
import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from server.customers.models import Customer, CustomerAssignment, LocationProposal
from server.demo.catalogue import USUAL_RATES, Item
from server.demo.chance import Chance
from server.demo.names import Names
from server.demo.people import Rep
from server.demo.rows import Rows
from shared.geo import Position
from shared.vocabulary import CustomerClass
from shared.working import USUAL_WEEK

DEGREE_M = 111_195.0
"""Metres in a degree of latitude, good enough to scatter shops."""
WORKING_WEEK = len(USUAL_WEEK.first)

_NEW_SHARE = 0.24
_WITHOUT_POINT = 0.008
_LEAVE_SHARE = 0.05
_EVERY_DOUBLE = 60
"""One outlet of so many was noted twice."""
# Supermarkets and wholesalers have grounds and car parks.
_GROUNDS_M = 150
_CLASS_SHARES = ((CustomerClass.A, 0.15), (CustomerClass.B, 0.35), (CustomerClass.C, 0.5))


@dataclass(frozen=True, kw_only=True)
class Place:
    """A town or village of GeoNames."""

    name: str
    position: Position


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A customer: where it really is, when it became one, what it usually buys."""

    id: str
    code: str
    name: str
    kind: str
    customer_class: CustomerClass
    rep: Rep
    position: Position
    has_point: bool
    city: str
    contact_name: str
    phone: str
    address: str
    joined_on: dt.date
    is_founding: bool
    """Whether it was a customer before the company's deals begin."""
    size: float
    usual: tuple[Item, ...]
    radius_m: int | None
    """Own fence radius; None: the organisation's."""
    weekday: int = 0
    """Day of the week it is planned on, 0 being Monday."""
    odd_weeks: bool = False
    neglected: bool = False
    left_on: dt.date | None = None
    """From this day on it buys elsewhere."""
    currency: str = ""
    """That it orders in; empty: the company's."""

    def buys_on(self, day: dt.date) -> bool:
        """Return whether it is a customer on this day."""
        return self.joined_on < day and (self.left_on is None or day < self.left_on)


def read_places() -> dict[str, Place]:
    """Return the places of `places.csv` by name (GeoNames, see NOTICE)."""
    with files(__package__).joinpath("places.csv").open(encoding="utf-8") as lines:
        return {
            row["name"]: Place(
                name=row["name"],
                position=Position(float(row["latitude"]), float(row["longitude"])),
            )
            for row in csv.DictReader(lines)
        }


def settle_outlets(
    *,
    seed: int,
    reps: Sequence[Rep],
    count: int,
    items: Sequence[Item],
    founded_on: dt.date,
    deal_days: int,
    at: dt.datetime,
    abroad: bool,
) -> list[Outlet]:
    """Return the company's outlets, shared out evenly over the reps.

    :param deal_days: days before `founded_on` in which a part of them was won
    :param at: when the others were entered
    :param abroad: whether some order in other currencies
    """
    names = Names(seed)
    places = read_places()
    outlets: list[Outlet] = []
    for number, rep in enumerate(reps):
        share = count // len(reps) + (number < count % len(reps))
        chance = Chance.of(seed, "territory", rep.code)
        mine: list[Outlet] = []
        for customer_class in _classes(share):
            place = places[chance.choice(rep.person.places)]
            joined_on = founded_on - dt.timedelta(days=deal_days + 30 + chance.randrange(900))
            is_founding = not chance.happens(_NEW_SHARE)
            if not is_founding:
                joined_on = founded_on - dt.timedelta(days=chance.randrange(3, deal_days))
            kind, name = names.shop(customer_class)
            mine.append(
                Outlet(
                    id=chance.record_id(at),
                    code=f"C{len(outlets) + len(mine) + 1:04d}",
                    name=name,
                    kind=kind,
                    customer_class=customer_class,
                    rep=rep,
                    position=scatter(chance, place.position, within_m=2_600),
                    has_point=not chance.happens(_WITHOUT_POINT),
                    city=place.name,
                    contact_name=names.person(),
                    phone=f"+62 812-0000-{len(outlets) + len(mine):04d}",
                    address=names.address(),
                    joined_on=joined_on,
                    is_founding=is_founding,
                    size=chance.about(1.0, spread=0.35),
                    usual=tuple(chance.sample(list(items), chance.randint(4, 10))),
                    radius_m=_GROUNDS_M if customer_class is CustomerClass.A else None,
                    neglected=customer_class is CustomerClass.C
                    and chance.happens(rep.ways.neglect),
                    left_on=_left_on(seed, number, len(mine), founded_on) if is_founding else None,
                )
            )
        placed = _spread_over_the_week(mine)
        outlets += _sold_abroad(placed, number) if abroad else placed
    return outlets


def add_customers(
    rows: Rows,
    outlets: Sequence[Outlet],
    own_values: Mapping[str, dict[str, Any]],
    *,
    at: dt.datetime,
) -> None:
    """
    Add the outlets, who looks after them, and where reps say those without a point are.

    :param own_values: what they have in custom fields, by id
    """
    for outlet in outlets:
        # Prospects became customers on the day they first bought.
        made_at = at if outlet.is_founding else _morning(outlet.joined_on)
        rows.add(
            Customer,
            id=outlet.id,
            code=outlet.code,
            name=outlet.name,
            customer_class=outlet.customer_class,
            sector=outlet.kind,
            contact_name=outlet.contact_name,
            phone=outlet.phone,
            email="",
            address=outlet.address,
            city=outlet.city,
            notes="",
            latitude=outlet.position.latitude if outlet.has_point else None,
            longitude=outlet.position.longitude if outlet.has_point else None,
            radius_m=outlet.radius_m,
            location_version=1 if outlet.has_point else 0,
            is_prospect=False,
            currency=outlet.currency,
            owner_id=outlet.rep.id,
            team_id=outlet.rep.team_id,
            custom_fields=own_values[outlet.id],
            version=1,
            field_versions={},
            created_at=made_at,
            updated_at=made_at,
            deleted_at=None,
            merged_into_id=None,
        )
        rows.add(
            CustomerAssignment,
            customer_id=outlet.id,
            start_on=max(outlet.joined_on, at.date()),
            end_on=None,
            rep_id=outlet.rep.id,
        )


def add_doubles(rows: Rows, outlets: Sequence[Outlet], *, seed: int, at: dt.datetime) -> None:
    """Add outlets a second time, as reps noted them who did not find them in the list."""
    for number, outlet in enumerate(outlets[_EVERY_DOUBLE // 2 :: _EVERY_DOUBLE]):
        chance = Chance.of(seed, "double", outlet.code)
        position = scatter(chance, outlet.position, within_m=12)
        customer_id = chance.record_id(at)
        is_named_alike = number % 2 == 0
        rows.add(
            Customer,
            id=customer_id,
            code=f"P-{customer_id[-12:].upper()}",
            name=outlet.name.upper() if is_named_alike else f"{outlet.name} 2",
            customer_class=CustomerClass.C,
            sector="",
            contact_name=outlet.contact_name.split()[0],
            phone="" if is_named_alike else outlet.phone.replace("+62 ", "0").replace("-", ""),
            email="",
            address=outlet.address,
            city=outlet.city,
            notes="",
            latitude=position.latitude,
            longitude=position.longitude,
            radius_m=None,
            location_version=1,
            is_prospect=True,
            currency="",
            owner_id=outlet.rep.id,
            team_id=outlet.rep.team_id,
            custom_fields={},
            version=1,
            field_versions={},
            created_at=at,
            updated_at=at,
            deleted_at=None,
            merged_into_id=None,
        )
        rows.add(
            CustomerAssignment,
            customer_id=customer_id,
            start_on=at.date(),
            end_on=None,
            rep_id=outlet.rep.id,
        )


def add_proposals(rows: Rows, outlets: Sequence[Outlet], *, seed: int, at: dt.datetime) -> None:
    """Add the reps' word, still undecided, for where the outlets without a point are."""
    for outlet in outlets:
        if outlet.has_point:
            continue
        chance = Chance.of(seed, "proposal", outlet.code)
        position = scatter(chance, outlet.position, within_m=15)
        rows.add(
            LocationProposal,
            id=chance.record_id(at),
            customer_id=outlet.id,
            rep_id=outlet.rep.id,
            latitude=position.latitude,
            longitude=position.longitude,
            accuracy_m=round(chance.about(11), 1),
            proposed_at=at,
            decided_at=None,
            decided_by=None,
            approved=None,
        )


def scatter(chance: Chance, centre: Position, *, within_m: float) -> Position:
    """Return a point anywhere in the circle around the centre, to a tenth of a metre."""
    return shift(
        centre,
        distance_m=within_m * math.sqrt(chance.random()),
        bearing=chance.uniform(0, 2 * math.pi),
    )


def shift(start: Position, *, distance_m: float, bearing: float) -> Position:
    """Return the point this far away; `bearing` in radians from north. For short ways only."""
    north = distance_m * math.cos(bearing) / DEGREE_M
    east = distance_m * math.sin(bearing) / DEGREE_M / math.cos(math.radians(start.latitude))
    return Position(round(start.latitude + north, 6), round(start.longitude + east, 6))


def nearest(here: Position, outlets: Iterable[Outlet]) -> Outlet:
    """Return the outlet closest to a point; on a flat map, which does for one town."""
    narrower = math.cos(math.radians(here.latitude))

    def off(outlet: Outlet) -> float:
        north = outlet.position.latitude - here.latitude
        east = (outlet.position.longitude - here.longitude) * narrower
        return north * north + east * east

    return min(outlets, key=off)


def centre_of(outlets: Sequence[Outlet]) -> Position:
    """Return the middle of some outlets."""
    return Position(
        sum(outlet.position.latitude for outlet in outlets) / len(outlets),
        sum(outlet.position.longitude for outlet in outlets) / len(outlets),
    )


def _left_on(seed: int, rep: int, outlet: int, founded_on: dt.date) -> dt.date | None:
    chance = Chance.of(seed, "leaves", rep, outlet)
    if not chance.happens(_LEAVE_SHARE):
        return None
    return founded_on - dt.timedelta(days=chance.randrange(20, 150))


def _classes(count: int) -> Iterator[CustomerClass]:
    """Yield A for 15 %, B for 35 % and C for 50 % of the outlets."""
    given, share_so_far = 0, 0.0
    for customer_class, share in _CLASS_SHARES:
        share_so_far += share
        until = round(count * share_so_far)
        yield from [customer_class] * (until - given)
        given = until


def _spread_over_the_week(outlets: list[Outlet]) -> list[Outlet]:
    """Give each outlet its weekday, so that those of a day lie on one side of the territory."""
    centre = centre_of(outlets)
    placed = []
    for customer_class in CustomerClass:
        ring = sorted(
            (outlet for outlet in outlets if outlet.customer_class is customer_class),
            key=lambda outlet: math.atan2(
                outlet.position.latitude - centre.latitude,
                outlet.position.longitude - centre.longitude,
            ),
        )
        for number, outlet in enumerate(ring):
            placed.append(
                replace(
                    outlet,
                    weekday=number * WORKING_WEEK // len(ring),
                    odd_weeks=number % 2 == 1,
                )
            )
    return sorted(placed, key=lambda outlet: outlet.code)


def _sold_abroad(outlets: list[Outlet], rep: int) -> list[Outlet]:
    """Let the largest customers of most reps order in another currency.

    :param rep: number of their rep; the first, whose phone is tried out, has one in each
    """
    currencies = [*USUAL_RATES][:: 1 if rep % 2 else -1][: 1 if rep else None]
    large = [outlet for outlet in outlets if outlet.customer_class is CustomerClass.A]
    chosen = {
        outlet.id: currency
        for outlet, currency in zip(large, currencies if rep % 3 != 2 else (), strict=False)
    }
    return [replace(outlet, currency=chosen.get(outlet.id, "")) for outlet in outlets]


def _morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC)
