"""Customers that look like one, two of them side by side, and the merges that were done."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, func, literal, literal_column, or_, select

from server.customers.models import Customer, name_key, phone_key, place_key
from server.deals.models import Deal
from server.identity.models import User
from server.merges.models import CustomerMerge, DifferentCustomers
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import Page, fetch_page, read_in_pieces, reordered
from server.tasks.models import Task
from server.visits.models import Visit

GROUPS = 20
"""On one page."""
MOST_MEMBERS = 6
"""Shown of one group."""
_SHORTEST_PHONE = 7


class Likeness(StrEnum):
    """What makes customers look like one."""

    PHONE = "phone"
    NAME = "name"
    PLACE = "place"


_KEYS: dict[Likeness, ColumnElement[str]] = {
    Likeness.PHONE: literal_column(phone_key("customer.phone"), Text()),
    Likeness.NAME: literal_column(
        f"({name_key('customer.name')} || ' ' || lower(customer.city))", Text()
    ),
    Likeness.PLACE: literal_column(
        f"({place_key('customer.latitude', 'customer.longitude')})", Text()
    ),
}


@dataclass(frozen=True)
class Member:
    """A customer of a group that looks like one."""

    id: str
    code: str
    name: str
    phone: str
    address: str
    city: str
    latitude: float | None
    longitude: float | None
    is_prospect: bool
    owner_name: str | None
    created_at: dt.datetime


@dataclass(frozen=True)
class Group:
    """Customers that look like one; the likely survivor first."""

    key: str
    size: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Groups:
    """Some groups, in the order of their keys."""

    groups: tuple[Group, ...]
    next_key: str | None
    """Where the next page starts; None on the last."""


@dataclass(frozen=True)
class Weight:
    """What stands behind a customer."""

    visits: int
    deals: int
    tasks: int
    stops: int
    last_visit_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class MergeFilter:
    """Which merges."""

    text: str = ""
    """Part of the name or code of one of the two; empty: all."""
    undone: bool | None = None
    """Only those that were undone, or that stand; None: both."""


SORTABLE = frozenset({"survivor_name", "loser_name", "merged_at", "merged_by"})


@dataclass(frozen=True)
class MergeRow:
    """A merge that was done."""

    id: str
    survivor_id: str
    survivor_name: str
    survivor_code: str
    loser_name: str
    loser_code: str
    merged_at: dt.datetime
    merged_by: str
    undone_at: dt.datetime | None


def list_groups(*, access: Access, likeness: Likeness, after: str = "") -> Groups:
    """Return the next groups that look like one customer, without those known to be different.

    :param after: the `next_key` of the page before
    """
    groups = _groups(access, likeness, after).subquery()
    different = DifferentCustomers
    found = db.session.execute(
        select(groups.c.key, groups.c.size)
        .outerjoin(different, and_(different.kind == likeness, different.key == groups.c.key))
        .where(or_(different.members.is_(None), different.members < groups.c.size))
        .order_by(groups.c.key)
        .limit(GROUPS + 1)
    ).all()
    shown = found[:GROUPS]
    members = _members(access, likeness, [row.key for row in shown])
    return Groups(
        groups=tuple(Group(row.key, row.size, tuple(members.get(row.key, ()))) for row in shown),
        next_key=shown[-1].key if len(found) > GROUPS else None,
    )


def group_size(*, access: Access, likeness: Likeness, key: str) -> int:
    """Return of how many customers a group is that the caller sees.

    :raises NotFoundError: if there is no such group
    """
    counted = (
        select(func.count()).select_from(Customer).where(*_standing(access), _KEYS[likeness] == key)
    )
    size = db.session.scalar(counted) or 0
    if size < 2:
        raise NotFoundError
    return size


def weigh(*, access: Access, customer_id: str, today: dt.date) -> Weight:
    """Return what stands behind a customer.

    :raises NotFoundError: if the caller does not see it
    """
    visits = select(func.count(), func.max(Visit.day)).where(Visit.customer_id == customer_id)
    if db.session.scalar(select(Customer.id).where(*_live(access), Customer.id == customer_id)):
        count, last_on = db.session.execute(visits).one()
        others = [
            select(func.count()).select_from(column.class_).where(column == customer_id, *also)
            for column, also in (
                (Deal.customer_id, ()),
                (Task.customer_id, ()),
                (
                    JourneyStop.customer_id,
                    (JourneyStop.day >= today, JourneyStop.deleted_at.is_(None)),
                ),
            )
        ]
        deals, tasks, stops = db.session.execute(
            select(*(each.scalar_subquery() for each in others))
        ).one()
        return Weight(count, deals, tasks, stops, last_on)
    raise NotFoundError


def list_merges(
    *, access: Access, where: MergeFilter, page: int, size: int, sort: str = ""
) -> Page[MergeRow]:
    """Return a page of merges, the latest first.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_merges(access, where), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(lambda row: MergeRow(*row))


def each_merge(*, access: Access, where: MergeFilter) -> Iterator[MergeRow]:
    """Yield all of them, the latest first, fetched in chunks; for exports."""
    for row in read_in_pieces(_merges(access, where)):
        yield MergeRow(*row)


def each_group(*, access: Access, likeness: Likeness) -> Iterator[Group]:
    """Yield all groups that look alike, page by page; for exports."""
    after: str | None = ""
    while after is not None:
        found = list_groups(access=access, likeness=likeness, after=after)
        yield from found.groups
        after = found.next_key


def _merges(access: Access, where: MergeFilter) -> Select[*tuple[Any, ...]]:
    survivor, loser = Customer.__table__.alias("survivor"), Customer.__table__.alias("loser")
    conditions = [access.rows(survivor.c.owner_id, survivor.c.team_id)]
    if where.text:
        texts = (survivor.c.name, survivor.c.code, loser.c.name, loser.c.code)
        conditions.append(or_(*(text.icontains(where.text, autoescape=True) for text in texts)))
    if where.undone is not None:
        is_undone = CustomerMerge.undone_at.is_not(None)
        conditions.append(is_undone if where.undone else ~is_undone)
    return (
        select(
            CustomerMerge.id,
            survivor.c.id.label("survivor_id"),
            survivor.c.name.label("survivor_name"),
            survivor.c.code.label("survivor_code"),
            loser.c.name.label("loser_name"),
            loser.c.code.label("loser_code"),
            CustomerMerge.merged_at,
            User.name.label("merged_by"),
            CustomerMerge.undone_at,
        )
        .join(survivor, survivor.c.id == CustomerMerge.survivor_id)
        .join(loser, loser.c.id == CustomerMerge.loser_id)
        .join(User, User.id == CustomerMerge.merged_by)
        .where(*conditions)
        .order_by(CustomerMerge.merged_at.desc(), CustomerMerge.id)
    )


def _live(access: Access) -> tuple[ColumnElement[bool], ...]:
    return Customer.deleted_at.is_(None), access.rows(Customer.owner_id, Customer.team_id)


def _standing(access: Access) -> tuple[ColumnElement[bool], ...]:
    """Return those that are looked through: one that was put away is in nobody's way."""
    return *_live(access), Customer.closed_on.is_(None)


def _groups(access: Access, likeness: Likeness, after: str) -> Any:
    key, shortest = _KEYS[likeness], _SHORTEST_PHONE if likeness is Likeness.PHONE else 1
    # In the order of the index, so that only as much is read as the page shows.
    return (
        select(key.label("key"), func.count().label("size"))
        .select_from(Customer)
        .where(*_standing(access), key > after, func.length(key) >= shortest)
        .group_by(key)
        .having(func.count() > 1)
        .order_by(key)
    )


def _members(access: Access, likeness: Likeness, keys: list[str]) -> dict[str, list[Member]]:
    place = func.row_number().over(
        partition_by=_KEYS[likeness],
        order_by=(Customer.is_prospect, Customer.created_at, Customer.id),
    )
    rows = (
        select(
            _KEYS[likeness].label("key"),
            place.label("place"),
            Customer.id,
            Customer.code,
            Customer.name,
            Customer.phone,
            Customer.address,
            Customer.city,
            Customer.latitude,
            Customer.longitude,
            Customer.is_prospect,
            User.name.label("owner_name"),
            Customer.created_at,
        )
        .outerjoin(User, User.id == Customer.owner_id)
        .where(*_standing(access), _KEYS[likeness].in_([literal(key) for key in keys]))
        .subquery()
    )
    members: dict[str, list[Member]] = {}
    for row in db.session.execute(
        select(rows).where(rows.c.place <= MOST_MEMBERS).order_by(rows.c.key, rows.c.place)
    ):
        members.setdefault(row.key, []).append(Member(*row[2:]))
    return members
