"""A visit from check-in to check-out. Everything is in the database, so a kill loses nothing."""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mobile.device.battery import Battery
from mobile.services.customers import (
    CustomerService,
    fence_of,
    get_customer,
)
from mobile.services.evidence import fence_data, fix_data
from mobile.services.fences import WrongCodeError, pass_fence, rule_of
from mobile.services.recorder import Recorder, ServiceError
from mobile.services.views import OrderLine, VisitView
from mobile.services.visit_views import VisitNotOpenError, get_open, visit_view
from mobile.storage import customers, deals, device, fences, stages, stops, visits
from shared.checkin.evidence import Fence, Fix
from shared.checkin.policy import FenceRule
from shared.checkin.verdict import Judgement, judge
from shared.sync.ids import new_id
from shared.time import business_day
from shared.vocabulary import NoSaleReason, StopState, VisitState

if TYPE_CHECKING:
    from mobile.storage.outbox import Action


class VisitOpenError(ServiceError):
    """Another visit is going on; a rep is in one place at a time."""

    code = "visit_open"


class OutcomeMissingError(ServiceError):
    """A visit ends with an order or with the reason why there is none."""

    code = "outcome_missing"


class FormIncompleteError(ServiceError):
    """Required questions of the visit form lack an answer."""

    code = "form_incomplete"


class OrderTakenError(ServiceError):
    """The visit has an order, so it has no reason for having none."""

    code = "order_taken"


class CatalogueMissingError(ServiceError):
    """The phone has not had its first sync: it knows no stages or products."""

    code = "catalogue_missing"


class VisitService:
    """What the rep does at a customer's."""

    def __init__(
        self, *, recorder: Recorder, app_version: str = "", battery: Battery | None = None
    ) -> None:
        self._recorder = recorder
        self._battery = battery
        self._database = recorder.database
        self._app_version = app_version

    def open_visit(self) -> VisitView | None:
        """Return the visit that is going on, or None."""
        with self._database.read() as connection:
            row = visits.find_open(connection)
            return visit_view(connection, row) if row else None

    def get(self, visit_id: str) -> VisitView:
        """
        Return a visit.

        :raises VisitNotOpenError: if there is none of that id
        """
        with self._database.read() as connection:
            row = visits.find(connection, visit_id)
            if row is None:
                raise VisitNotOpenError(visit_id)
            return visit_view(connection, row)

    def judge(self, customer_id: str, fix: Fix | None) -> Judgement:
        """
        Say what the verdict of a check-in would be now; saves nothing.

        :raises mobile.services.customers.CustomerUnknownError: if there is no such customer
        """
        with self._database.read() as connection:
            radius_m = device.get(connection).radius_m
            return judge(fix, fence_of(get_customer(connection, customer_id), radius_m=radius_m))

    def check_in(
        self,
        *,
        customer_id: str,
        fix: Fix | None,
        stop_id: str | None = None,
        was_offline: bool = False,
        note: str = "",
        code: str = "",
    ) -> VisitView:
        """
        Begin a visit. It serves today's stop at that customer, where there is one left.

        :param note: why the rep checks in from outside, where the office asks for it
        :param code: the manager's, where the office asks for one
        :raises VisitOpenError: if another visit is going on
        :raises ServiceError: one of `mobile.services.fences`, where the fence is not passed
        :raises mobile.services.customers.CustomerUnknownError: if there is no such customer
        """
        visit_id = new_id()
        with self._noting_wrong_codes(), self._recorder.action(grouped=True) as action:
            if visits.find_open(action.connection) is not None:
                raise VisitOpenError
            state = device.get(action.connection)
            customer = get_customer(action.connection, customer_id)
            day = business_day(device.from_ms(action.at_ms), state.time_zone)
            stop_id = stop_id or _stop_to_serve(action.connection, customer_id, day)
            fence = fence_of(customer, radius_m=state.radius_m)
            code = pass_fence(
                action,
                customer=customer,
                day=day,
                verdict=judge(fix, fence).verdict,
                note=note,
                code=code,
            )
            visit: dict[str, Any] = {
                "customer_id": customer_id,
                "stop_id": stop_id,
                "time_zone": state.time_zone,
            }
            if note.strip():
                visit["notes"] = note.strip()
            action.create("visit", visit_id, visit)
            self._record_presence(
                action,
                "check_in",
                visit_id=visit_id,
                fence=fence,
                fix=fix,
                time_zone=state.time_zone,
                was_offline=was_offline,
                code=code,
            )
        if fix is not None and customer["latitude"] is None:
            # By itself, so that the visit is kept even where the office refuses the point.
            CustomerService(recorder=self._recorder).propose_location(customer_id, fix)
        return self.get(visit_id)

    def rule(self, customer_id: str) -> FenceRule:
        """
        Return what the office asks for at a check-in outside this customer's fence.

        :raises mobile.services.customers.CustomerUnknownError: if there is no such customer
        """
        with self._database.read() as connection:
            customer = get_customer(connection, customer_id)
            return rule_of(connection, customer["customer_class"])

    @contextmanager
    def _noting_wrong_codes(self) -> Iterator[None]:
        """Count a wrong code although nothing else of the action is kept."""
        try:
            yield
        except WrongCodeError:
            reading = self._recorder.read_clock()
            with self._database.write() as connection:
                at = device.get(connection).true_time(reading)
                fences.note_wrong_try(connection, device.to_ms(at))
            raise

    def take_order(
        self, visit_id: str, lines: Iterable[OrderLine], *, currency: str = "", note: str = ""
    ) -> VisitView:
        """
        Save the visit's order, a deal that is won at once; a second call replaces its lines.

        :param currency: of its prices; empty: that of the order there is, else the customer's
        :raises VisitNotOpenError: if the visit is over
        :raises CatalogueMissingError: before the first sync
        """
        data = [
            {
                "product_id": line.product_id,
                "quantity": line.quantity,
                "unit_price_minor": line.price_minor,
            }
            for line in lines
        ]
        with self._recorder.action(grouped=True) as action:
            visit = get_open(action.connection, visit_id)
            currency = currency or visit_view(action.connection, visit).currency
            orders = [
                order["id"]
                for order in deals.orders_of_visit(action.connection, visit_id)
                if order["currency"] == currency
            ]
            if orders:
                action.patch("deal", orders[0], {"lines": data, "note": note})
            elif data:
                stage_key = stages.find_won(action.connection)
                if stage_key is None:
                    raise CatalogueMissingError
                deal = {
                    "customer_id": visit["customer_id"],
                    "visit_id": visit_id,
                    "source": "visit",
                    "stage_key": stage_key,
                    "currency": currency,
                    "lines": data,
                    "note": note,
                }
                action.create("deal", new_id(), deal)
            if data and visit["no_sale_reason"]:
                action.patch("visit", visit_id, {"no_sale_reason": None})
        return self.get(visit_id)

    def set_no_sale_reason(self, visit_id: str, reason: NoSaleReason) -> VisitView:
        """
        Say why there is no order.

        :raises VisitNotOpenError: if the visit is over
        :raises OrderTakenError: if there is one
        """
        with self._recorder.action() as action:
            get_open(action.connection, visit_id)
            if deals.amounts_by_visit(action.connection, [visit_id]).get(visit_id):
                raise OrderTakenError
            action.patch("visit", visit_id, {"no_sale_reason": str(reason)})
        return self.get(visit_id)

    def write_notes(self, visit_id: str, notes: str) -> VisitView:
        """
        Keep the rep's notes, in place of earlier ones.

        :raises VisitNotOpenError: if there is no such visit
        """
        with self._recorder.action() as action:
            visit = visits.find(action.connection, visit_id)
            if visit is None:
                raise VisitNotOpenError(visit_id)
            if visit["notes"] != notes:
                action.patch("visit", visit_id, {"notes": notes})
        return self.get(visit_id)

    def check_out(
        self,
        visit_id: str,
        *,
        fix: Fix | None,
        was_offline: bool = False,
        left_at: dt.datetime | None = None,
    ) -> VisitView:
        """
        End a visit.

        :param left_at: when the rep was last at the customer's, where the check-out was forgotten
        :raises VisitNotOpenError: if it is over already
        :raises OutcomeMissingError: if it has neither an order nor the reason for none
        :raises FormIncompleteError: if a required question lacks its answer
        """
        with self._recorder.action() as action:
            visit = get_open(action.connection, visit_id)
            amounts = deals.amounts_by_visit(action.connection, [visit_id])
            if not visit["no_sale_reason"] and not amounts.get(visit_id):
                raise OutcomeMissingError
            if visit_view(action.connection, visit).form.required_left:
                raise FormIncompleteError
            state = device.get(action.connection)
            customer = customers.get(action.connection, visit["customer_id"])
            fence = (
                fence_of(customer, radius_m=state.radius_m)
                if customer
                else Fence(customer_id=visit["customer_id"], latitude=None, longitude=None)
            )
            self._record_presence(
                action,
                "check_out",
                visit_id=visit_id,
                fence=fence,
                fix=fix,
                time_zone=state.time_zone,
                was_offline=was_offline,
                left_at=left_at,
            )
        return self.get(visit_id)

    def cancel(self, visit_id: str, reason: str) -> None:
        """
        Call the visit off; its evidence stays.

        :raises VisitNotOpenError: if it is over already
        :raises shared.schemas.record.InvalidRecordError: without a reason
        """
        with self._recorder.action() as action:
            get_open(action.connection, visit_id)
            change = {"state": str(VisitState.CANCELLED), "cancel_reason": reason.strip()}
            action.patch("visit", visit_id, change)

    def _record_presence(
        self,
        action: "Action",
        kind: str,
        *,
        visit_id: str,
        fence: Fence,
        fix: Fix | None,
        time_zone: str,
        was_offline: bool,
        code: str = "",
        left_at: dt.datetime | None = None,
    ) -> None:
        at_ms = action.at_ms if left_at is None else min(action.at_ms, device.to_ms(left_at))
        judgement = judge(fix, fence)
        record_id = new_id()
        data: dict[str, Any] = {
            "visit_id": visit_id,
            "customer_id": fence.customer_id,
            "fix": fix_data(fix),
            "fence": fence_data(fence),
            "time_zone": time_zone,
            "verdict": str(judgement.verdict),
            "battery_percent": self._battery.percent() if self._battery else None,
            "was_offline": was_offline,
            "app_version": self._app_version,
        }
        if left_at is not None:
            data["left_ago_s"] = (action.at_ms - at_ms) / 1000
        if code:
            data["override_code"] = code
        action.create(kind, record_id, data)
        visits.add_presence(
            action.connection,
            record_id=record_id,
            visit_id=visit_id,
            kind=kind,
            at_ms=at_ms,
            day=business_day(device.from_ms(at_ms), time_zone),
            verdict=str(judgement.verdict),
            reason=str(judgement.reason or ""),
            distance_m=judgement.distance_m,
            accuracy_m=judgement.r68_m,
        )


def _stop_to_serve(connection: sqlite3.Connection, customer_id: str, day: dt.date) -> str | None:
    served = {visit["stop_id"] for visit in visits.of_day(connection, day)}
    for stop in stops.of_day(connection, day):
        is_left = stop["state"] == StopState.PLANNED and stop["id"] not in served
        if is_left and stop["customer_id"] == customer_id:
            return str(stop["id"])
    return None
