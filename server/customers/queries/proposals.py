"""Points on the map that reps proposed for customers."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from server.customers.models import Customer, LocationProposal
from server.identity.models import User
from server.platform.access import Access
from server.platform.paging import Page, fetch_page, read_in_pieces
from shared.geo import Position, distance_m


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


def list_proposals(*, access: Access, decided: bool, page: int, size: int) -> Page[ProposalRow]:
    """Return a page of proposed points: those that wait oldest first, else the newest decision."""
    found = fetch_page(_proposals(access, decided=decided), number=page, size=size)
    return found.map(lambda row: ProposalRow(*row))


def each_proposal(*, access: Access, decided: bool) -> Iterator[ProposalRow]:
    """Yield all of them in the same order, fetched in chunks; for exports."""
    for row in read_in_pieces(_proposals(access, decided=decided)):
        yield ProposalRow(*row)


def _proposals(access: Access, *, decided: bool) -> Select[*tuple[Any, ...]]:
    is_decided = LocationProposal.decided_at.is_not(None)
    state = is_decided if decided else ~is_decided
    order: Any = LocationProposal.decided_at.desc() if decided else LocationProposal.proposed_at
    return (
        select(
            LocationProposal.id,
            Customer.id,
            Customer.name,
            Customer.address,
            Customer.latitude,
            Customer.longitude,
            Customer.location_version,
            Customer.radius_m,
            User.id,
            User.name,
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
        .where(state, access.rows(LocationProposal.rep_id, Customer.team_id))
        .order_by(order, LocationProposal.id)
    )
