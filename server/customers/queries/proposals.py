"""Points on the map that reps proposed for customers."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from server.customers.models import Customer, LocationProposal
from server.identity.models import User
from server.platform.access import Access
from server.platform.paging import Page, fetch_page, read_in_pieces, reordered
from shared.geo import Position, distance_m

SORTABLE = frozenset({"customer_name", "rep_name", "proposed_at"})


@dataclass(frozen=True, kw_only=True)
class ProposalFilter:
    """Which proposed points."""

    decided: bool = False
    """Those that were decided, instead of those that wait."""
    rep_id: str = ""
    """Only of this one; empty: of all."""


@dataclass(frozen=True)
class ProposalRow:
    """A point a rep proposed, beside the one the customer has."""

    id: str
    customer_id: str
    customer_name: str
    customer_address: str
    customer_latitude: float | None
    customer_longitude: float | None
    location_version: int
    """Of the customer's point."""
    radius_m: int | None
    rep_id: str
    rep_name: str
    latitude: float
    longitude: float
    accuracy_m: float | None
    proposed_at: dt.datetime
    approved: bool | None
    decided_at: dt.datetime | None
    decision_reason: str

    @property
    def moves_m(self) -> float | None:
        """Return how far it lies from the point the customer has; None without one."""
        if self.customer_latitude is None or self.customer_longitude is None:
            return None
        known = Position(self.customer_latitude, self.customer_longitude)
        return distance_m(known, Position(self.latitude, self.longitude))


def list_proposals(
    *, access: Access, where: ProposalFilter, page: int, size: int, sort: str = ""
) -> Page[ProposalRow]:
    """
    Return a page of proposed points: those that wait oldest first, else the newest decision.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_proposals(access, where), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(lambda row: ProposalRow(*row))


def each_proposal(*, access: Access, where: ProposalFilter) -> Iterator[ProposalRow]:
    """Yield all of them in the usual order, fetched in chunks; for exports."""
    for row in read_in_pieces(_proposals(access, where)):
        yield ProposalRow(*row)


def _proposals(access: Access, where: ProposalFilter) -> Select[*tuple[Any, ...]]:
    is_decided = LocationProposal.decided_at.is_not(None)
    conditions = [
        is_decided if where.decided else ~is_decided,
        access.rows(LocationProposal.rep_id, Customer.team_id),
    ]
    if where.rep_id:
        conditions.append(LocationProposal.rep_id == where.rep_id)
    order: Any = (
        LocationProposal.decided_at.desc() if where.decided else LocationProposal.proposed_at
    )
    return (
        select(
            LocationProposal.id,
            Customer.id.label("customer_id"),
            Customer.name.label("customer_name"),
            Customer.address,
            Customer.latitude,
            Customer.longitude,
            Customer.location_version,
            Customer.radius_m,
            User.id.label("rep_id"),
            User.name.label("rep_name"),
            LocationProposal.latitude,
            LocationProposal.longitude,
            LocationProposal.accuracy_m,
            LocationProposal.proposed_at,
            LocationProposal.approved,
            LocationProposal.decided_at,
            LocationProposal.decision_reason,
        )
        .join(Customer, Customer.id == LocationProposal.customer_id)
        .join(User, User.id == LocationProposal.rep_id)
        .where(*conditions)
        .order_by(order, LocationProposal.id)
    )
