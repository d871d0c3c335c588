"""What the visit's view model needs of services."""

from datetime import datetime
from typing import Protocol

from mobile.services.customer_views import CustomerDetail
from mobile.services.views import VisitView
from shared.checkin.evidence import Fix
from shared.checkin.policy import FenceRule
from shared.vocabulary import NoSaleReason


class VisitService(Protocol):
    """What a rep does in a visit. Every call has saved when it returns."""

    def open_visit(self) -> VisitView | None:
        """Return the visit that is going on."""

    def check_in(
        self,
        *,
        customer_id: str,
        stop_id: str | None,
        fix: Fix | None,
        was_offline: bool,
        note: str,
        code: str,
    ) -> VisitView:
        """Begin a visit with the best fix that was measured."""

    def rule(self, customer_id: str) -> FenceRule:
        """Return what the office asks for outside this customer's fence."""

    def set_no_sale_reason(self, visit_id: str, reason: NoSaleReason) -> VisitView:
        """Say why there is no order."""

    def write_notes(self, visit_id: str, notes: str) -> VisitView:
        """Keep the notes."""

    def check_out(
        self, visit_id: str, *, fix: Fix | None, was_offline: bool, left_at: datetime | None
    ) -> VisitView:
        """End the visit; where the check-out was forgotten, at the last moment inside."""

    def cancel(self, visit_id: str, reason: str) -> None:
        """Cancel the visit; its evidence stays."""


class Leaving(Protocol):
    """Notices that the rep has left without checking out."""

    def left_at(self, visit_id: str) -> datetime | None:
        """Return when, or None while the visit goes on."""

    def stay(self, visit_id: str) -> None:
        """Forget it: the rep is still there."""


class Customers(Protocol):
    """Reads customers."""

    def get(self, customer_id: str) -> CustomerDetail:
        """Return one."""
