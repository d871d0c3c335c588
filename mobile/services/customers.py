"""Finding customers, reading their history, adding prospects and proposing where they are."""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from mobile.services.recorder import Recorder, ServiceError
from mobile.services.views import Amount, CustomerView, Narrowing
from mobile.storage import customers, deals, device, own_fields, visits
from mobile.storage.directory import Directory
from shared.checkin.evidence import Fence, Fix
from shared.custom_fields import PREFIX, check_from_rep, read
from shared.geo import BoundingBox, Position
from shared.sync.ids import new_id
from shared.time import business_day

_HISTORY = 20
if TYPE_CHECKING:
    from mobile.services.customer_views import CustomerDetail, OwnValue, PastVisit

_TO_NOTHING = Narrowing()
_NOTHING: Mapping[str, str] = MappingProxyType({})


class CustomerUnknownError(ServiceError):
    """The phone has no customer of that id, or has it no longer."""

    code = "customer_unknown"


class CustomerService:
    """The rep's customers."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._database = recorder.database
        self._directory = Directory()

    def search(
        self,
        text: str = "",
        *,
        near: Position | None = None,
        limit: int = 50,
        narrowed: Narrowing = _TO_NOTHING,
    ) -> tuple[CustomerView, ...]:
        """Return customers whose name, code, phone or city has words that begin so.

        Nearest first where a position is given, else by name.
        """
        with self._database.read() as connection:
            numbers = self._directory.search(
                connection,
                text,
                near=near,
                limit=limit,
                needle=customers.class_needle(narrowed.customer_class),
                without=self._left_out(connection, narrowed),
            )
            radius_m = device.get(connection).radius_m
            found = customers.by_numbers(connection, numbers)
            return tuple(customer_view(row, radius_m=radius_m) for row in found)

    def within(self, box: BoundingBox, *, limit: int) -> tuple[CustomerView, ...]:
        """Return customers whose point lies in a box, those nearest to its middle first."""
        with self._database.read() as connection:
            radius_m = device.get(connection).radius_m
            found = customers.within(connection, box, limit=limit)
            return tuple(customer_view(row, radius_m=radius_m) for row in found)

    def _left_out(self, connection: sqlite3.Connection, narrowed: Narrowing) -> set[int]:
        """Return the numbers of the customers that a narrowed list does not show."""
        if narrowed.never_visited:
            return customers.visited(connection)
        if narrowed.due:
            state = device.get(connection)
            now = state.true_time(self._recorder.read_clock())
            today = business_day(now, state.time_zone)
            return customers.visited_in_time(connection, today, state.work_rules.visits.on(today))
        return set()

    def get(self, customer_id: str) -> "CustomerDetail":
        """
        Return a customer with its history on this phone.

        :raises CustomerUnknownError: if the phone has none of that id
        """
        from mobile.services.customer_views import (  # noqa: PLC0415 - a list needs none of it
            CustomerDetail,
            OpenDeal,
            OwnValue,
            UsualProduct,
        )

        with self._database.read() as connection:
            state = device.get(connection)
            row = get_customer(connection, customer_id)
            past = visits.of_customer(connection, customer_id, limit=_HISTORY)
            amounts = deals.amounts_by_visit(connection, [visit["id"] for visit in past])
            own = own_fields.values(row)
            return CustomerDetail(
                customer=customer_view(row, radius_m=state.radius_m),
                visits=tuple(_past_visit(visit, amounts) for visit in past),
                currency=state.currency,
                order_currency=row["currency"] or state.currency,
                contact_name=row["contact_name"],
                email=row["email"],
                notes=row["notes"],
                open_deals=tuple(
                    OpenDeal(
                        id=deal["id"],
                        title=deal["title"],
                        stage=deal["stage_name"],
                        amount_minor=deal["amount_minor"],
                        currency=deal["currency"],
                    )
                    for deal in deals.open_of_customer(connection, customer_id)
                ),
                basket=tuple(
                    UsualProduct(
                        product_id=line["id"],
                        name=line["name"],
                        quantity=line["quantity"],
                        orders=line["orders"],
                        all_orders=line["all_orders"],
                    )
                    for line in deals.usual_basket(connection, customer_id)
                ),
                own_values=tuple(
                    OwnValue(field, own.get(key))
                    for key, field in own_fields.definitions(connection).items()
                    if not field.is_retired and (field.by_reps or key in own)
                ),
            )

    def create_prospect(
        self,
        *,
        name: str,
        contact_name: str = "",
        phone: str = "",
        address: str = "",
        city: str = "",
        notes: str = "",
        own: Mapping[str, str] = _NOTHING,
        fix: Fix | None = None,
    ) -> str:
        """
        Add a prospect, and propose its place where there is a fix; return its id.

        :param own: what was typed or chosen in custom fields, by key, as `custom_fields.read` takes
            it; those that are not named have no value
        :raises shared.schemas.record.InvalidRecordError: naming the field and the reason
        """
        customer_id = new_id()
        with self._recorder.action(grouped=fix is not None) as action:
            fields = own_fields.definitions(action.connection)
            given = [
                (PREFIX + key, read(fields[key], text) if key in fields else text)
                for key, text in own.items()
            ]
            values = check_from_rep(fields, given)
            action.create(
                "customer",
                customer_id,
                {
                    "name": name.strip(),
                    "contact_name": contact_name.strip(),
                    "phone": phone.strip(),
                    "address": address.strip(),
                    "city": city.strip(),
                    "notes": notes.strip(),
                    **{name: value for name, value in values.items() if value is not None},
                },
            )
            if fix is not None:
                action.command("customer.propose_location", customer_id, _proposal(fix))
        return customer_id

    def fields_to_fill(self) -> "tuple[OwnValue, ...]":
        """Return the custom fields that a rep may fill in, with nothing in them."""
        from mobile.services.customer_views import (  # noqa: PLC0415 - a list needs none of it
            OwnValue,
        )

        with self._database.read() as connection:
            return tuple(
                OwnValue(field, None)
                for field in own_fields.definitions(connection).values()
                if field.by_reps and not field.is_retired
            )

    def set_field(self, customer_id: str, key: str, text: str) -> None:
        """
        Fill in a custom field, or take its value out by an empty text.

        :param text: as `shared.custom_fields.read` takes it
        :raises CustomerUnknownError: if the phone has none of that id
        :raises InvalidRecordError: if there is no such field, it is impossible or the office's
        """
        with self._recorder.action() as action:
            get_customer(action.connection, customer_id)
            fields = own_fields.definitions(action.connection)
            field = fields.get(key)
            value = read(field, text) if field is not None else text
            changed = check_from_rep(fields, [(PREFIX + key, value)])
            action.patch("customer", customer_id, changed)

    def propose_location(self, customer_id: str, fix: Fix) -> None:
        """
        Tell the office where the customer is; a manager approves it.

        :raises CustomerUnknownError: if the phone has none of that id
        """
        with self._recorder.action() as action:
            get_customer(action.connection, customer_id)
            action.command("customer.propose_location", customer_id, _proposal(fix))


def get_customer(connection: sqlite3.Connection, customer_id: str) -> sqlite3.Row:
    """
    Return a customer's row.

    :raises CustomerUnknownError: if the phone has none of that id
    """
    row = customers.get(connection, customer_id)
    if row is None:
        raise CustomerUnknownError(customer_id)
    return row


def customer_view(row: sqlite3.Row, *, radius_m: float) -> CustomerView:
    """Return a customer as screens show it; `radius_m` holds where it has none of its own."""
    return CustomerView(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        customer_class=row["customer_class"],
        address=row["address"],
        phone=row["phone"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        radius_m=row["radius_m"] or radius_m,
    )


def missing_customer_view(customer_id: str, *, radius_m: float) -> CustomerView:
    """Return what can be shown of a customer the phone may see no longer."""
    return CustomerView(
        id=customer_id,
        code="",
        name="?",
        customer_class="",
        address="",
        phone="",
        latitude=None,
        longitude=None,
        radius_m=radius_m,
    )


def fence_of(row: sqlite3.Row, *, radius_m: float) -> Fence:
    """Return the customer's fence as it stands now."""
    return Fence(
        customer_id=row["id"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        radius_m=row["radius_m"] or radius_m,
        location_version=row["location_version"],
    )


def _proposal(fix: Fix) -> dict[str, object]:
    return {
        "proposal_id": new_id(),
        "latitude": fix.latitude,
        "longitude": fix.longitude,
        "accuracy_m": fix.accuracy_m,
    }


def amounts_of(visit_id: str, amounts: dict[str, dict[str, int]]) -> tuple[Amount, ...]:
    """Return what was ordered in a visit, of `deals.amounts_by_visit`."""
    found = amounts.get(visit_id, {})
    return tuple(Amount(minor, currency) for currency, minor in found.items())


def _past_visit(visit: sqlite3.Row, amounts: dict[str, dict[str, int]]) -> "PastVisit":
    from mobile.services.customer_views import PastVisit  # noqa: PLC0415 - as above

    ended = visit["ended_at_ms"]
    return PastVisit(
        id=visit["id"],
        checked_in_at=device.from_ms(visit["started_at_ms"] or 0),
        checked_out_at=None if ended is None else device.from_ms(ended),
        verdict=visit["verdict"],
        amounts=amounts_of(visit["id"], amounts),
        no_sale_reason=visit["no_sale_reason"],
    )
