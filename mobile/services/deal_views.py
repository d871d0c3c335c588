"""What the services hand to the screens of the pipeline: plain facts."""

from dataclasses import dataclass
from datetime import date

from shared.vocabulary import StageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """A step of the pipeline with what stands in it."""

    key: str
    name: str
    kind: StageKind
    count: int
    amount_minor: int
    """What they are worth, minor units of the organisation's currency."""
    waiting: int = 0
    """Deals in another currency of which the office has not said what they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLine:
    """A product on a deal; the discount is for the whole line, minor units."""

    product_id: str
    product_name: str
    quantity: int
    price_minor: int
    discount_minor: int = 0
    is_priced: bool = True
    """Whether somebody has said the price: the list, or the rep."""

    @property
    def total_minor(self) -> int:
        """Value of the line, minor units."""
        return self.quantity * self.price_minor - self.discount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class DealView:
    """A sale in the making."""

    id: str
    customer_id: str | None
    customer_name: str
    title: str
    source: str
    stage_key: str
    amount_minor: int
    currency: str
    worth_minor: int | None
    """In the organisation's currency; None while the office has not said it."""
    lines: tuple[DealLine, ...]
    expected_close_on: date | None
    lost_reason: str
    note: str
    is_order: bool
    """Whether it was taken in a visit."""
    needs_you: bool
    is_refused: bool = False
    """Whether the office refused to make it; said of a deal that is asked for by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFields:
    """What the rep says about a deal."""

    title: str
    source: str
    amount_minor: int
    """Where there are no lines; with lines it is their sum."""
    lines: tuple[DealLine, ...]
    expected_close_on: date | None
    note: str
    currency: str = ""
    """Of a new deal; empty: the organisation's. A deal that the office has keeps its own."""
