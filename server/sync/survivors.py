"""What a phone recorded at a customer that the office has merged into another meanwhile."""

from dataclasses import replace
from typing import Any

from server.customers.models import Customer
from server.platform.held import find
from server.sync.incoming import Incoming

_CUSTOMER = "customer_id"


def at_survivor(incoming: Incoming) -> tuple[Incoming, dict[str, Any]]:
    """Return a change as one at the customer that the named one became, and what differs."""
    data, fence = incoming.data, incoming.data.get("fence")
    moved = _moved(data)
    if isinstance(fence, dict):
        is_same = fence.get(_CUSTOMER) == data.get(_CUSTOMER)
        moved_fence = moved if is_same else _moved(fence)
        if moved_fence:
            data = data | {"fence": fence | moved_fence}
    if moved or data is not incoming.data:
        incoming = replace(incoming, data=data | moved)
    return incoming, moved


def _moved(data: dict[str, Any]) -> dict[str, Any]:
    customer_id = data.get(_CUSTOMER)
    customer = find(Customer, customer_id) if customer_id else None
    survivor_id = None if customer is None else customer.merged_into_id
    return {_CUSTOMER: survivor_id} if survivor_id else {}
