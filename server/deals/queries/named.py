"""Deals by a part of their customer's name."""

from sqlalchemy import ColumnElement, exists, select

from server.customers.models import Customer
from server.customers.queries.customers import customers_named, is_named, of_customers_named
from server.deals.models import Deal
from server.platform.access import Access
from server.platform.asked import once_asked
from server.platform.database import among, db
from shared.vocabulary import Role

_FEW_TEAMS = 8
_HAS_DEALS = exists().where(Deal.customer_id == Customer.id)


def of_named(*, access: Access, part: str, many: bool) -> ColumnElement[bool]:
    """
    Return the condition that a deal is with a customer with this part of a name or code.

    Where thousands are named so, the caller's own deals are with fewer, and each of those need be
    looked at once, not for every deal; of everybody's, only those count who have a deal.

    :param many: it is known that some of the deals are met soon
    """
    if customers_named(part) is not None:
        return of_customers_named(Deal.customer_id, part=part, many=many)
    is_own_few = access.role is not Role.ADMIN and len(access.team_ids) <= _FEW_TEAMS
    ids = _named_in_own(access, part) if is_own_few else customers_named(part, _HAS_DEALS)
    if ids is None:
        return of_customers_named(Deal.customer_id, part=part, many=many)
    return among(Deal.customer_id, ids)


def _named_in_own(access: Access, part: str) -> list[str]:
    """Return the customers named so that the caller sees a deal of."""
    own = select(Deal.customer_id).where(access.rows(Deal.owner_id, Deal.team_id)).distinct()
    each = own.subquery()
    named = is_named(each.c.customer_id, part, apart=True)
    found = select(each.c.customer_id).where(named)
    return once_asked(("own named", access, part), lambda: list(db.session.scalars(found)))
