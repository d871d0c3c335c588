"""Deals, targets, costs and predictions that come to given totals; named like the measures."""

import datetime as dt
from collections.abc import Callable

from server.costs.models import Cost
from server.lifetime.models import CustomerLifetime, LifetimeFit
from shared.sync.ids import new_id
from shared.time import add_months
from shared.vocabulary import CostCategory
from tests.factories.examples.world import MADE_AT, World, parts

MONTH = dt.timedelta(days=30)
YEAR = dt.timedelta(days=365)


def revenue(w: World, *, revenue: int, revenue__previous: int = 0) -> None:
    for number, value in enumerate(parts(revenue, 3)):
        w.deal(value, closed=w.day(number))
    w.deal(revenue__previous, closed=add_months(w.day(), -1))
    w.deal(7_00, opened=w.day())
    w.deal(7_00, opened=w.day(), closed=w.day(), won=False)


def won_deals(w: World, *, won_deals: int, valued_won_deals: int = 0) -> None:
    for number in range(won_deals):
        w.deal(1_00 if number < valued_won_deals else 0, closed=w.day(number % 9))


def median_purchase(w: World, *, median_purchase: int) -> None:
    for value in (1, median_purchase - 17, median_purchase + 17, 10**9):
        w.deal(value, closed=w.day())
    w.deal(0, closed=w.day())


def median_cycle(w: World, *, median_cycle_days: int) -> None:
    for days in (0, median_cycle_days, 10 * median_cycle_days):
        w.deal(opened=w.day(-days), closed=w.day())


def per_rep(w: World, *, revenue: int, active_reps: int) -> None:
    reps = [w.rep, *(w.add_rep() for _ in range(active_reps))]
    # The last one did nothing in the period.
    for rep, value in zip(reps[:-1], parts(revenue, active_reps), strict=True):
        w.deal(value, closed=w.day(), rep=rep)


def opportunities(w: World, *, opportunities: int) -> None:
    for number in range(opportunities):
        w.deal(1_00, opened=w.day(number % 9), stage=("opportunity", "proposal")[number % 2])


def opportunities_value(w: World, *, opportunities_value: int) -> None:
    for number, value in enumerate(parts(opportunities_value, 2)):
        w.deal(value, opened=w.day(number))
    w.deal(5_00, lead=w.day())


def within_30_days(w: World, *, leads_to_opportunities_30d: int, leads: int) -> None:
    for number in range(leads):
        days = 30 if number < leads_to_opportunities_30d else 31
        w.deal(lead=w.day(number % 9), opened=w.day(number % 9 + days))


def by_period(w: World, *, opportunities: int, leads: int = 0) -> None:
    for number in range(opportunities):
        w.deal(lead=w.day(-40), opened=w.day(number % 9))
    for _ in range(leads):
        w.deal(lead=w.day())


def closed_counts(w: World, *, won_opportunities: int, lost_opportunities: int) -> None:
    for number in range(won_opportunities + lost_opportunities):
        w.deal(opened=w.day(-number), closed=w.day(number), won=number < won_opportunities)
    # An order taken at once was none.
    w.deal(closed=w.day())


def cohort(w: World, *, opportunities_won: int, opportunities: int) -> None:
    for number in range(opportunities):
        # Nine of ten are open still.
        closed = w.day(number % 9 + 5) if number < opportunities // 10 else None
        w.deal(opened=w.day(number % 9), closed=closed, won=number < opportunities_won)


def closed_values(w: World, *, won_opportunities_value: int, lost_opportunities_value: int) -> None:
    for value in parts(won_opportunities_value, 2):
        w.deal(value, opened=w.day(-9), closed=w.day())
    for value in parts(lost_opportunities_value, 3):
        w.deal(value, opened=w.day(-9), closed=w.day(), won=False)
    w.deal(4_00, closed=w.day())


def from_lead(w: World, *, lead_cycle_days: int, lead_cycle_deals: int) -> None:
    for days in parts(lead_cycle_days, lead_cycle_deals):
        w.deal(lead=w.day(-days), opened=w.day(-1), closed=w.day())


def closed_cycles(
    w: World, *, closed_cycle_days: int, closed_cycle_deals: int = 1, cycle_days: int = 0
) -> None:
    for number, days in enumerate(parts(closed_cycle_days, closed_cycle_deals)):
        is_won = bool(cycle_days) or number % 2 == 0
        w.deal(opened=w.day(-days), closed=w.day(), won=is_won)


def cycle_errors(w: World, *, cycle_errors: int) -> None:
    for number in range(cycle_errors):
        lead, opened = (w.day(9), None) if number % 2 else (None, w.day(9))
        w.deal(lead=lead, opened=opened, closed=w.day())
    w.deal(opened=w.day(), closed=w.day())


def acquisition(w: World, *, acquisition_cost: int = 0, new_customers: int = 0) -> None:
    if acquisition_cost:
        for number, amount in enumerate(parts(acquisition_cost, 3)):
            _cost(w, amount, number, CostCategory.ADVERTISING)
    _cost(w, 8_00, 0, CostCategory.SALARY)
    for number in range(new_customers):
        w.deal(1_00, closed=w.day(number % 9), customer=w.customer())
    old = w.customer()
    for day in (w.day(-40), w.day()):
        w.deal(1_00, closed=day, customer=old)


def _cost(w: World, amount: int, number: int, category: CostCategory) -> None:
    w.rows.add(
        Cost, id=new_id(), category=category, day=w.day(number), rep_id=w.rep, team_id=w.team_id,
        amount_minor=amount, base_amount_minor=amount, currency="IDR",
    )  # fmt: skip


def lifetime_value(
    w: World,
    *,
    revenue__year: int,
    valued_won_deals__year: int,
    active_outlets__year: int,
    active_outlets__previous_year: int = 0,
    returning_outlets__year: int = 0,
    margin__year: int = 0,
    costed_revenue__year: int = 0,
) -> None:
    assert costed_revenue__year in {0, revenue__year}
    price, rest = divmod(revenue__year, valued_won_deals__year)
    assert not rest
    costs = [w.product(cost_minor=price - margin__year // valued_won_deals__year)]
    products = costs if margin__year else []
    buyers = [w.customer() for _ in range(active_outlets__year)]
    for number in range(valued_won_deals__year):
        buyer = buyers[number % len(buyers)]
        w.deal(price, closed=w.day(-(number % 300)), customer=buyer, products=products)
    gone = active_outlets__previous_year - returning_outlets__year
    for buyer in [*buyers[:returning_outlets__year], *(w.customer() for _ in range(gone))]:
        w.deal(9_00, closed=w.day() - YEAR - MONTH, customer=buyer)


def historic_value(
    w: World, *, margin__ever: int, active_outlets__ever: int, costed_revenue__ever: int = 0
) -> None:
    price = costed_revenue__ever // active_outlets__ever
    costs = [w.product(cost_minor=price - margin__ever // active_outlets__ever)]
    for _ in range(active_outlets__ever):
        buyer = w.customer()
        w.deal(price, closed=w.day() - YEAR, customer=buyer, products=costs if price else [])
        w.deal(0, closed=w.day(), customer=buyer)


def predicted(w: World, *, predicted_value: int, predicted_customers: int) -> None:
    fit = new_id()
    w.rows.add(
        LifetimeFit, id=fit, fitted_at=MADE_AT, last_day=w.day(), customers=predicted_customers,
        repeat_customers=predicted_customers,
    )  # fmt: skip
    for value in parts(predicted_value, predicted_customers):
        w.rows.add(
            CustomerLifetime, customer_id=w.customer(), fit_id=fit, repeats=1, recency_weeks=1.0,
            age_weeks=2.0, mean_value_minor=1, probability_alive=0.5, expected_purchases=1.0,
            value_minor=value,
        )  # fmt: skip


def upsells(w: World, *, upsell_deals: int, existing_customer_deals: int) -> None:
    for number in range(existing_customer_deals):
        buyer = w.customer()
        w.deal(10_00, closed=w.day(-40), customer=buyer)
        w.deal(10_01 if number < upsell_deals else 10_00, closed=w.day(), customer=buyer)
    w.deal(90_00, closed=w.day(), customer=w.customer())


def cross_sells(w: World, *, cross_sell_deals: int, existing_customer_deals: int) -> None:
    tea, rice = w.product(category="Drinks"), w.product(category="Staples")
    for number in range(existing_customer_deals):
        buyer = w.customer()
        w.deal(10_00, closed=w.day(-40), customer=buyer, products=[tea])
        new = [rice] if number < cross_sell_deals else []
        w.deal(10_00, closed=w.day(), customer=buyer, products=[tea, *new])


def upsell_share(w: World, *, upsell_revenue: int, revenue: int) -> None:
    for value in parts(upsell_revenue, 2):
        buyer = w.customer()
        w.deal(1_00, closed=w.day(-40), customer=buyer)
        w.deal(value, closed=w.day(), customer=buyer)
    w.deal(revenue - upsell_revenue, closed=w.day(), customer=w.customer())


def cross_sell_share(w: World, *, cross_sell_revenue: int, revenue: int) -> None:
    tea, rice = w.product(category="Drinks"), w.product(category="Staples")
    for value in parts(cross_sell_revenue, 2):
        buyer = w.customer()
        w.deal(1_00, closed=w.day(-40), customer=buyer, products=[tea])
        w.deal(value, closed=w.day(), customer=buyer, products=[rice])
    w.deal(revenue - cross_sell_revenue, closed=w.day(), customer=w.customer(), products=[rice])


def outlets(w: World, *, active_outlets: int) -> None:
    for _ in range(active_outlets):
        buyer = w.customer()
        for number in (1, 2):
            w.deal(1_00, closed=w.day(number), customer=buyer)


def new_customers(w: World, *, new_customers: int) -> None:
    acquisition(w, new_customers=new_customers)


def weighted(w: World, *, weighted_pipeline: int) -> None:
    # A fifth of the one, two fifths of the other.
    small = 5 * (weighted_pipeline // 3)
    assert weighted_pipeline % 2 == small // 5 % 2
    w.deal(small, opened=w.day())
    w.deal((weighted_pipeline - small // 5) * 5 // 2, opened=w.day(), stage="proposal")
    w.deal(8_00, opened=w.day(), closed=w.day(1))


def velocity(
    w: World,
    *,
    opportunities: int,
    won_opportunities: int,
    lost_opportunities: int,
    won_opportunities_value: int,
    cycle_days: int,
    cycle_deals: int,
) -> None:
    assert (won_opportunities, won_opportunities + lost_opportunities) == (
        cycle_deals, opportunities,
    )  # fmt: skip
    values = parts(won_opportunities_value, won_opportunities)
    days = cycle_days // cycle_deals
    for value in values:
        w.deal(value, opened=w.day(-1), closed=w.day(days - 1))
    for _ in range(lost_opportunities):
        w.deal(3_00, opened=w.day(), closed=w.day(1), won=False)


def thousands(
    w: World,
    *,
    leads: int,
    leads_to_opportunities: int,
    leads_won: int,
    won_opportunities: int,
    lost_opportunities: int,
    valued_won_deals: int,
    revenue: int,
    cycle_days: int,
    cycle_deals: int,
    closed_cycle_days: int,
    closed_cycle_deals: int,
    open_leads: int,
    open_leads_value: int,
    open_opportunities: int,
    open_opportunities_value: int,
) -> None:
    assert leads_won == won_opportunities == valued_won_deals == cycle_deals
    assert closed_cycle_deals == won_opportunities + lost_opportunities
    assert leads - leads_to_opportunities == open_leads
    assert leads_to_opportunities == closed_cycle_deals + open_opportunities
    for value, days in zip(parts(revenue, leads_won), parts(cycle_days, leads_won), strict=True):
        w.deal(value, lead=w.day(), opened=w.day(), closed=w.day(days))
    for days in parts(closed_cycle_days - cycle_days, lost_opportunities):
        w.deal(1_00, lead=w.day(), opened=w.day(), closed=w.day(days), won=False)
    for value in parts(open_opportunities_value, open_opportunities):
        w.deal(value, lead=w.day(), opened=w.day())
    for value in parts(open_leads_value, open_leads):
        w.deal(value, lead=w.day())


SALES: tuple[Callable[..., None], ...] = (revenue, won_deals, median_purchase, median_cycle)
SALES += (per_rep, opportunities, opportunities_value, within_30_days, by_period, closed_counts)
SALES += (cohort, closed_values, from_lead, closed_cycles, cycle_errors, acquisition)
SALES += (lifetime_value, historic_value, predicted, upsells, cross_sells, upsell_share)
SALES += (cross_sell_share, outlets, new_customers, weighted, velocity, thousands)
