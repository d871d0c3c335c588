"""What the services hand to the screen of one customer: plain facts."""

from dataclasses import dataclass
from datetime import datetime

from mobile.services.views import Amount, CustomerView
from shared.custom_fields import CustomField, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVisit:
    """An earlier visit at a customer."""

    id: str
    checked_in_at: datetime
    checked_out_at: datetime | None
    verdict: str | None
    amounts: tuple[Amount, ...]
    """What was ordered, each currency by itself."""
    no_sale_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeal:
    """A deal that is neither won nor lost."""

    id: str
    title: str
    stage: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualProduct:
    """A product the customer orders again and again."""

    product_id: str
    name: str
    quantity: float
    """Mean of the orders that hold it."""
    orders: int
    all_orders: int
    """`orders` of the last `all_orders` hold it."""


@dataclass(frozen=True, slots=True)
class OwnValue:
    """A custom field of the company, and what the customer has in it; None: nothing."""

    field: CustomField
    value: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetail:
    """A customer with its history on this phone, newest visit first."""

    customer: CustomerView
    visits: tuple[PastVisit, ...]
    currency: str
    """The organisation's."""
    order_currency: str
    """That the customer's orders are taken in."""
    contact_name: str = ""
    email: str = ""
    notes: str = ""
    open_deals: tuple[OpenDeal, ...] = ()
    basket: tuple[UsualProduct, ...] = ()
    own_values: tuple[OwnValue, ...] = ()
    """Of the fields in use, in their order; of those of the office, where there is a value."""
