"""Forty days of a rep's past, written as the office has them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from server.calendar.models import Holiday
from server.deals.models import Deal, DealLine
from server.metrics.models import Target
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.events import mark_days, record_changed
from server.platform.transaction import transaction
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import NoSaleReason, StageKind, StopState, TimeTrust, Verdict, VisitState
from tests.fakes.company import ZONE, Company

_OUTCOMES = (
    (Verdict.INSIDE, 3, None),
    (Verdict.OUTSIDE, 0, NoSaleReason.PRICE),
    (Verdict.UNCERTAIN, 1, None),
    (Verdict.INSIDE, 0, NoSaleReason.CLOSED),
)
"""Verdict, sodas ordered, and why none."""


def record_past(company: Company) -> Company:
    """Give Sari forty days with visits, orders, stops, targets and a holiday."""
    today = business_day(utc_now(), ZONE)
    with company.app.app_context(), transaction():
        days = [today - dt.timedelta(days=number) for number in range(1, 41, 2)]
        for number, day in enumerate(days):
            past_visit(company, day, number)
        for month in {today.replace(day=1), days[-1].replace(day=1)}:
            target = Target(id=new_id(), metric_key="revenue", month=month, rep_id=company.sari)
            target.team_id, target.amount = company.team, 1_000_000_00 + month.month
            db.session.add(target)
            db.session.flush()
            record_changed("target", target.id)
        holiday = today.replace(day=2)
        if db.session.get(Holiday, holiday) is None:
            db.session.add(Holiday(day=holiday, name="Day off"))
        record_changed("holiday", holiday.isoformat())
        mark_days(company.sari, [today, *days])  # a stop of today is planned
    return company


def past_visit(company: Company, day: dt.date, number: int) -> None:
    verdict, sodas, reason = _OUTCOMES[number % 4]
    started = dt.datetime.combine(day, dt.time(2, number), dt.UTC)
    customer = company.maju if number % 3 else company.jaya
    visit = Visit(
        id=new_id(),
        rep_id=company.sari,
        team_id=company.team,
        customer_id=customer,
        day=day,
        time_zone=ZONE,
        state=VisitState.COMPLETED,
        started_at=started,
        ended_at=started + dt.timedelta(minutes=10 + number, milliseconds=700),
        started_clock_s=9 * 3600 + number * 60,
        ended_clock_s=9 * 3600 + (10 + 2 * number) * 60,
        duration_s=(10 + number) * 60,
        verdict=verdict,
        time_trust=TimeTrust.VERIFIED,
        auto_closed=number % 5 == 0,
        no_sale_reason=reason,
        created_at=started,
        updated_at=started,
    )
    stop = JourneyStop(
        id=new_id(),
        rep_id=company.sari,
        customer_id=customer if number % 2 else company.maju,
        day=day,
        sequence=1,
        state=StopState.CANCELLED if number % 7 == 0 else StopState.PLANNED,
        created_at=started,
        updated_at=started,
    )
    db.session.add_all([visit, stop])
    db.session.flush()
    record_changed("visit", visit.id)
    record_changed("stop", stop.id)
    if sodas:
        amount = sodas * 5_000_00
        # The office has converted some; the phone takes its word.
        dollars: dict[str, Any] = {"amount_minor": sodas * 31, "currency": "USD", "rate_on": day}
        dollars["minor_rate"] = Decimal(amount) / (sodas * 31)
        deal = Deal(
            id=new_id(),
            customer_id=customer,
            visit_id=visit.id,
            owner_id=company.sari,
            stage_key="won",
            kind=StageKind.WON,
            base_amount_minor=amount,
            **(dollars if number % 3 == 1 else {"amount_minor": amount, "currency": "IDR"}),
            closed_day=day,
            closed_at=started,
            closed_rep_id=company.sari,
            created_at=started,
            updated_at=started,
        )
        db.session.add(deal)
        db.session.flush()
        line = DealLine(deal_id=deal.id, position=1, product_id=company.soda, quantity=sodas)
        line.unit_price_minor, line.amount_minor = 5_000_00, amount
        db.session.add(line)
        record_changed("deal", deal.id)
