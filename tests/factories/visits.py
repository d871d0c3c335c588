"""Visits, check-ins and orders for tests, recorded through the operations themselves."""

import datetime as dt

from server.customers.models import Customer
from server.deals.operations import deals
from server.platform.database import db
from server.visits import operations as visits
from shared.checkin.evidence import ClockReading, Fence, Fix
from shared.checkin.time_trust import TrustedTime
from shared.sync.ids import new_id
from shared.time import business_day
from shared.vocabulary import TimeTrust
from tests.factories.company import ZONE

MONDAY_9 = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
"""09:00 in Jakarta."""
# A degree of latitude is about 110.6 km there.
_METRES_PER_DEGREE = 110_600


def presence(
    customer_id: str, at: dt.datetime, *, metres_away: float = 0, accuracy_m: float = 10
) -> visits.Presence:
    """Return what a phone north of the customer sees."""
    customer = db.session.get_one(Customer, customer_id)
    assert customer.latitude is not None
    assert customer.longitude is not None
    fix = Fix(
        latitude=customer.latitude + metres_away / _METRES_PER_DEGREE,
        longitude=customer.longitude,
        accuracy_m=accuracy_m,
        fix_at=at,
    )
    fence = Fence(
        customer_id=customer_id,
        latitude=customer.latitude,
        longitude=customer.longitude,
        radius_m=100,
        location_version=1,
    )
    return visits.Presence(
        evidence_id=new_id(),
        fix=fix,
        fence=fence,
        clock=ClockReading(wall_at=at, time_zone=ZONE, boot_id="b", elapsed_ms=0),
        time=TrustedTime(at=at, trust=TimeTrust.VERIFIED),
        received_at=at,
    )


def record_visit(
    *,
    rep_id: str,
    customer_id: str,
    at: dt.datetime = MONDAY_9,
    minutes: int | None = 20,
    metres_away: float = 0,
    stop_id: str | None = None,
) -> str:
    """Record a visit; without minutes it stays open. Return its id."""
    visit_id = new_id()
    visits.create_visit(
        visit_id=visit_id,
        rep_id=rep_id,
        customer_id=customer_id,
        stop_id=stop_id,
        time_zone=ZONE,
        at=at,
    )
    arrived = presence(customer_id, at, metres_away=metres_away)
    visits.check_in(visit_id=visit_id, rep_id=rep_id, presence=arrived)
    if minutes is not None:
        left = presence(customer_id, at + dt.timedelta(minutes=minutes), metres_away=metres_away)
        visits.check_out(visit_id=visit_id, rep_id=rep_id, presence=left)
    return visit_id


def take_order(
    *,
    rep_id: str,
    customer_id: str,
    product_id: str,
    quantity: int,
    unit_price_minor: int,
    visit_id: str | None = None,
    at: dt.datetime = MONDAY_9,
    currency: str = "IDR",
) -> str:
    """Record an order of one line. Return the deal's id."""
    deal_id = new_id()
    line = deals.Line(product_id=product_id, quantity=quantity, unit_price_minor=unit_price_minor)
    deals.create_deal(
        deal=deals.NewDeal(
            deal_id=deal_id,
            owner_id=rep_id,
            customer_id=customer_id,
            visit_id=visit_id,
            stage_key="won",
            currency=currency,
            lines=[line],
        ),
        at=at,
        day=business_day(at, ZONE),
        reporting_currency="IDR",
    )
    return deal_id
