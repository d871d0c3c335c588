"""How columns travel down to phones: by which names, and written as what."""

from collections.abc import Callable, Iterable
from typing import Any

from server.customers.models import Customer
from server.deals.models import Deal, DealLine
from server.planning.models import JourneyStop
from server.products.models import Product
from server.visits.models import Visit
from shared.custom_fields import PREFIX


def to_ms(instant: Any) -> int | None:
    """Return an instant as Unix milliseconds."""
    return None if instant is None else round(instant.timestamp() * 1000)


def _iso(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _is_set(value: Any) -> bool:
    return value is not None


class Fields:
    """How columns of a table travel: by which name, and as what."""

    def __init__(self, *names: str, model: Any, **other: tuple[str, Callable[[Any], Any]]) -> None:
        """
        Take the fields.

        :param names: of columns that travel as they are, by their own names
        :param other: by the name on the wire, the column and how it is written
        """
        self._names = (*names, *other)
        self._attributes = (*names, *(column for column, _ in other.values()))
        self._written = [(name, write) for name, (_, write) in other.items()]
        self.columns = [getattr(model, attribute) for attribute in self._attributes]

    def named(self, values: Iterable[Any]) -> dict[str, Any]:
        """Return the fields of a row of `columns`."""
        fields = dict(zip(self._names, values, strict=True))
        for name, write in self._written:
            fields[name] = write(fields[name])
        return fields

    def of(self, row: Any) -> dict[str, Any]:
        """Return the fields of an object of the table."""
        return self.named(getattr(row, attribute) for attribute in self._attributes)


CUSTOMER = Fields(
    "code",
    "name",
    "customer_class",
    "contact_name",
    "phone",
    "email",
    "address",
    "city",
    "notes",
    "latitude",
    "longitude",
    "radius_m",
    "location_version",
    "is_prospect",
    "currency",
    "custom_fields",
    model=Customer,
)


def with_own_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a customer as it travels: each custom field is one of its own, `custom.<key>`."""
    own: dict[str, Any] = fields.pop("custom_fields") or {}
    return fields | {PREFIX + key: value for key, value in own.items()}


PRODUCT = Fields(
    "sku", "name", "category", "unit", "price_minor", "prices", "active", model=Product
)
STOP = Fields(
    "customer_id", "sequence", "state", "cancel_reason", model=JourneyStop, day=("day", _iso)
)
VISIT = Fields(
    "customer_id",
    "stop_id",
    "state",
    "verdict",
    "distance_m",
    "no_sale_reason",
    "notes",
    "cancel_reason",
    "form_answers",
    "started_clock_s",
    "ended_clock_s",
    "duration_s",
    "auto_closed",
    model=Visit,
    day=("day", _iso),
    started_at_ms=("started_at", to_ms),
    ended_at_ms=("ended_at", to_ms),
)
DEAL = Fields(
    "customer_id",
    "visit_id",
    "title",
    "source",
    "stage_key",
    "amount_minor",
    "currency",
    "base_amount_minor",
    "waits_for_rate",
    "lost_reason",
    "note",
    model=Deal,
    expected_close_on=("expected_close_on", _iso),
    voided=("voided_at", _is_set),
    closed_on=("closed_day", _iso),
)
LINE = Fields("product_id", "quantity", "unit_price_minor", "discount_minor", model=DealLine)
