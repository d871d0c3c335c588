"""
Everything that is counted: the totals that formulas are made of.

A `SUM`, `MIN`, `MAX` or `STOCK` measure is a column of the daily rollup (per rep and business
day); how it is counted stands in `server/metrics/rollups`.
"""

from enum import StrEnum

from shared.i18n import N_
from shared.metrics.formula import YOUNG_DAYS, Kind, Measure, Unit


class Dimension(StrEnum):
    """What a measure can be counted by, besides rep, team and day."""

    SOURCE = "source"
    """Where the lead came from."""
    CLASS = "class"
    """The class the customer had on the day."""


ADVANCE_WITHIN_DAYS = 14
"""How long after a visit a deal's step forward is put down to it."""

LEAD_WITHIN_DAYS = YOUNG_DAYS
"""How fast a lead is to become an opportunity for the variant of its rate with a time limit."""

# Rows in another currency that wait for the exchange rate of their day

WON_WITHOUT_RATE = Measure(
    key="won_without_rate", name=N_("won deals that wait for an exchange rate")
)
LOST_WITHOUT_RATE = Measure(
    key="lost_without_rate", name=N_("lost opportunities that wait for an exchange rate")
)
OPPORTUNITIES_WITHOUT_RATE = Measure(
    key="opportunities_without_rate", name=N_("new opportunities that wait for an exchange rate")
)
OPEN_DEALS_WITHOUT_RATE = Measure(
    key="open_deals_without_rate",
    name=N_("open deals that wait for an exchange rate"),
    kind=Kind.STOCK,
)
VISIT_ORDERS_WITHOUT_RATE = Measure(
    key="visit_orders_without_rate",
    name=N_("orders taken in visits that wait for an exchange rate"),
)
EXPENSES_WITHOUT_RATE = Measure(
    key="expenses_without_rate", name=N_("approved expenses that wait for an exchange rate")
)
COSTS_WITHOUT_RATE = Measure(
    key="costs_without_rate",
    name=N_("acquisition costs that wait for an exchange rate"),
    kind=Kind.COST,
)

# Visits

CALLS = Measure(key="calls", name=N_("visits"))
COMPLETED_VISITS = Measure(key="completed_visits", name=N_("completed visits"))
PRODUCTIVE_VISITS = Measure(key="productive_visits", name=N_("productive visits"))
PRODUCTIVE_COMPLETED_VISITS = Measure(
    key="productive_completed_visits", name=N_("productive completed visits")
)
PLANNED_CALLS = Measure(key="planned_calls", name=N_("visits to planned customers"))
INSIDE_CALLS = Measure(key="inside_calls", name=N_("check-ins inside the geofence"))
OUTSIDE_CALLS = Measure(key="outside_calls", name=N_("check-ins outside the geofence"))
UNCERTAIN_CALLS = Measure(key="uncertain_calls", name=N_("uncertain check-ins"))
UNVERIFIED_TIME_CALLS = Measure(
    key="unverified_time_calls", name=N_("check-ins without a verified time")
)
AUTO_CLOSED_VISITS = Measure(key="auto_closed_visits", name=N_("visits closed automatically"))
NO_SALE_VISITS = Measure(key="no_sale_visits", name=N_("visits with a no-sale reason"))
NO_SALE_STOCK_ENOUGH = Measure(
    key="no_sale_stock_enough", name=N_("visits without a sale: enough stock")
)
NO_SALE_OWNER_ABSENT = Measure(
    key="no_sale_owner_absent", name=N_("visits without a sale: owner not there")
)
NO_SALE_CLOSED = Measure(key="no_sale_closed", name=N_("visits without a sale: shop closed"))
NO_SALE_NO_MONEY = Measure(key="no_sale_no_money", name=N_("visits without a sale: no money"))
NO_SALE_PRICE = Measure(key="no_sale_price", name=N_("visits without a sale: price too high"))
NO_SALE_COMPETITOR = Measure(
    key="no_sale_competitor", name=N_("visits without a sale: bought from a competitor")
)
NO_SALE_OVERDUE_PAYMENT = Measure(
    key="no_sale_overdue_payment", name=N_("visits without a sale: old invoices unpaid")
)
NO_SALE_OTHER = Measure(key="no_sale_other", name=N_("visits without a sale: another reason"))
NO_SALE_BY_REASON = (
    *(NO_SALE_STOCK_ENOUGH, NO_SALE_OWNER_ABSENT, NO_SALE_CLOSED, NO_SALE_NO_MONEY),
    *(NO_SALE_PRICE, NO_SALE_COMPETITOR, NO_SALE_OVERDUE_PAYMENT, NO_SALE_OTHER),
)
UNPRODUCTIVE_COMPLETED_VISITS = Measure(
    key="unproductive_completed_visits", name=N_("completed visits without a sale")
)
ADVANCING_CALLS = Measure(
    key="advancing_calls", name=N_("visits after which a deal of the customer moved forward")
)
TIMED_VISITS = Measure(key="timed_visits", name=N_("visits with check-in and check-out"))
TIME_IN_STORE = Measure(key="time_in_store_s", name=N_("seconds in the store"), unit=Unit.SECONDS)
PRODUCTIVE_TIMED_VISITS = Measure(
    key="productive_timed_visits", name=N_("productive visits with check-in and check-out")
)
PRODUCTIVE_TIME_IN_STORE = Measure(
    key="productive_time_in_store_s",
    name=N_("seconds in the store in productive visits"),
    unit=Unit.SECONDS,
)
VISIT_SALES = Measure(
    key="visit_sales",
    name=N_("value won in visits"),
    unit=Unit.MONEY,
    unknown=VISIT_ORDERS_WITHOUT_RATE,
)
VISIT_PRODUCTS = Measure(key="visit_products", name=N_("different products per productive visit"))
DAYS_WORKED = Measure(key="days_worked", name=N_("days worked"))
TIMED_DAYS = Measure(key="timed_days", name=N_("days with a check-in and a check-out"))
DAYS_STARTED_BY_TEN = Measure(
    key="days_started_by_ten", name=N_("days with a check-in before 10:00")
)
WORK_TIME = Measure(
    key="work_s", name=N_("seconds from first check-in to last check-out"), unit=Unit.SECONDS
)
FIRST_CALL = Measure(
    key="first_call_clock_s", name=N_("first check-in"), kind=Kind.MIN, unit=Unit.CLOCK
)
LAST_CALL = Measure(
    key="last_call_clock_s", name=N_("last check-out"), kind=Kind.MAX, unit=Unit.CLOCK
)

# The track of the day: only days that have one

TRACKED_DAYS = Measure(key="tracked_days", name=N_("days with a track"))
TRACKED_WORK = Measure(
    key="tracked_work_s", name=N_("seconds worked on days with a track"), unit=Unit.SECONDS
)
TRAVEL_DISTANCE = Measure(key="travel_m", name=N_("metres travelled"), unit=Unit.METRES)
TRAVEL_COST = Measure(
    key="travel_cost", name=N_("metres travelled, at the rate of the day"), unit=Unit.MONEY
)
EXPENSES = Measure(
    key="expenses", name=N_("approved expenses"), unit=Unit.MONEY, unknown=EXPENSES_WITHOUT_RATE
)
TRAVEL_TIME = Measure(key="travel_s", name=N_("seconds on the way"), unit=Unit.SECONDS)
IDLE_TIME = Measure(key="idle_s", name=N_("seconds standing elsewhere"), unit=Unit.SECONDS)
UNKNOWN_TIME = Measure(key="unknown_s", name=N_("seconds without a position"), unit=Unit.SECONDS)

# The journey plan

PLANNED_CUSTOMERS = Measure(key="planned_customers", name=N_("planned customers"))
PLANNED_CUSTOMERS_VISITED = Measure(
    key="planned_customers_visited", name=N_("planned customers visited")
)
STOPS_IN_ORDER = Measure(
    key="stops_in_order", name=N_("planned customers visited in the planned order")
)
CANCELLED_STOPS = Measure(key="cancelled_stops", name=N_("stops cancelled with a reason"))

# Customers

CUSTOMERS_VISITED = Measure(
    key="customers_visited", name=N_("customers visited"), kind=Kind.DISTINCT
)
ASSIGNED_CUSTOMERS_VISITED = Measure(
    key="assigned_customers_visited", name=N_("assigned customers visited"), kind=Kind.DISTINCT
)
VERIFIED_CUSTOMERS_VISITED = Measure(
    key="verified_customers_visited",
    name=N_("assigned customers with a visit inside the geofence"),
    kind=Kind.DISTINCT,
)
CUSTOMERS_ASSIGNED = Measure(
    key="customers_assigned", name=N_("customers assigned"), kind=Kind.DISTINCT
)
DUE_VISITS = Measure(key="due_visits", name=N_("visits due by customer class"), kind=Kind.DISTINCT)
DUE_VISITS_MADE = Measure(
    key="due_visits_made", name=N_("due visits that were made"), kind=Kind.DISTINCT
)
ACTIVE_OUTLETS = Measure(
    key="active_outlets", name=N_("customers with a won deal"), kind=Kind.DISTINCT
)
RETURNING_OUTLETS = Measure(
    key="returning_outlets",
    name=N_("customers of the year before who bought again"),
    kind=Kind.DISTINCT,
)
NEW_CUSTOMERS = Measure(
    key="new_customers", name=N_("customers with their first won deal"), kind=Kind.DISTINCT
)

# Leads, and what became of them: counted on the day of the lead, for the rep who had it then

LEADS = Measure(key="leads", name=N_("leads"))
LEADS_TO_OPPORTUNITIES = Measure(
    key="leads_to_opportunities", name=N_("leads that became opportunities")
)
LEADS_TO_OPPORTUNITIES_30D = Measure(
    key="leads_to_opportunities_30d", name=N_("leads that became opportunities within 30 days")
)
LEADS_WON = Measure(key="leads_won", name=N_("leads that became paying customers"))
LEADS_UNDECIDED = Measure(key="leads_undecided", name=N_("leads still waiting"))
LEADS_OPEN = Measure(key="leads_open", name=N_("leads neither won nor lost yet"))

# Opportunities, and what became of them: counted on the day they became one

OPPORTUNITIES = Measure(key="opportunities", name=N_("new opportunities"))
OPPORTUNITIES_VALUE = Measure(
    key="opportunities_value",
    name=N_("value of new opportunities"),
    unit=Unit.MONEY,
    unknown=OPPORTUNITIES_WITHOUT_RATE,
)
OPPORTUNITIES_WON = Measure(key="opportunities_won", name=N_("opportunities won since"))
OPPORTUNITIES_UNDECIDED = Measure(
    key="opportunities_undecided", name=N_("opportunities still open")
)

# Closed deals: counted on the day they closed, for the rep who owned them then

WON_DEALS = Measure(key="won_deals", name=N_("won deals"))
WON_OPPORTUNITIES = Measure(key="won_opportunities", name=N_("won opportunities"))
WON_OPPORTUNITIES_VALUE = Measure(
    key="won_opportunities_value",
    name=N_("value of won opportunities"),
    unit=Unit.MONEY,
    unknown=WON_WITHOUT_RATE,
)
LOST_OPPORTUNITIES = Measure(key="lost_opportunities", name=N_("lost opportunities"))
LOST_OPPORTUNITIES_VALUE = Measure(
    key="lost_opportunities_value",
    name=N_("value of lost opportunities"),
    unit=Unit.MONEY,
    unknown=LOST_WITHOUT_RATE,
)
REVENUE = Measure(key="revenue", name=N_("revenue"), unit=Unit.MONEY, unknown=WON_WITHOUT_RATE)
VALUED_WON_DEALS = Measure(key="valued_won_deals", name=N_("won deals with a value"))
CYCLE_DAYS = Measure(key="cycle_days", name=N_("days from opportunity to won"), unit=Unit.DAYS)
CYCLE_DEALS = Measure(key="cycle_deals", name=N_("won deals with both days known"))
LEAD_CYCLE_DAYS = Measure(key="lead_cycle_days", name=N_("days from lead to won"), unit=Unit.DAYS)
LEAD_CYCLE_DEALS = Measure(key="lead_cycle_deals", name=N_("won deals with a valid lead day"))
CLOSED_CYCLE_DAYS = Measure(
    key="closed_cycle_days", name=N_("days from opportunity to won or lost"), unit=Unit.DAYS
)
CLOSED_CYCLE_DEALS = Measure(key="closed_cycle_deals", name=N_("closed deals with both days known"))
CYCLE_ERRORS = Measure(key="cycle_errors", name=N_("deals that closed before they began"))
EXISTING_CUSTOMER_DEALS = Measure(
    key="existing_customer_deals", name=N_("won deals with existing customers")
)
UPSELL_DEALS = Measure(key="upsell_deals", name=N_("up-sells"), unknown=WON_WITHOUT_RATE)
CROSS_SELL_DEALS = Measure(key="cross_sell_deals", name=N_("cross-sells"))
UPSELL_REVENUE = Measure(
    key="upsell_revenue", name=N_("revenue of up-sells"), unit=Unit.MONEY, unknown=WON_WITHOUT_RATE
)
CROSS_SELL_REVENUE = Measure(
    key="cross_sell_revenue",
    name=N_("revenue of cross-sells"),
    unit=Unit.MONEY,
    unknown=WON_WITHOUT_RATE,
)
MARGIN = Measure(key="margin", name=N_("gross margin"), unit=Unit.MONEY, unknown=WON_WITHOUT_RATE)
COSTED_REVENUE = Measure(
    key="costed_revenue",
    name=N_("revenue of products with a known cost"),
    unit=Unit.MONEY,
    unknown=WON_WITHOUT_RATE,
)
MEDIAN_CYCLE_DAYS = Measure(
    key="median_cycle_days",
    name=N_("median days from opportunity to won"),
    kind=Kind.MEDIAN,
    unit=Unit.DAYS,
)
MEDIAN_PURCHASE = Measure(
    key="median_purchase",
    name=N_("median value of a won deal"),
    kind=Kind.MEDIAN,
    unit=Unit.MONEY,
    unknown=WON_WITHOUT_RATE,
)

# The pipeline: stored as daily changes from the stage history

OPEN_LEADS = Measure(key="open_leads", name=N_("open leads"), kind=Kind.STOCK)
OPEN_LEADS_VALUE = Measure(
    key="open_leads_value",
    name=N_("value of open leads"),
    kind=Kind.STOCK,
    unit=Unit.MONEY,
    unknown=OPEN_DEALS_WITHOUT_RATE,
)
OPEN_OPPORTUNITIES = Measure(
    key="open_opportunities", name=N_("open opportunities"), kind=Kind.STOCK
)
OPEN_OPPORTUNITIES_VALUE = Measure(
    key="open_opportunities_value",
    name=N_("value of open opportunities"),
    kind=Kind.STOCK,
    unit=Unit.MONEY,
    unknown=OPEN_DEALS_WITHOUT_RATE,
)
WEIGHTED_PIPELINE = Measure(
    key="weighted_pipeline",
    name=N_("value of open opportunities times the probability of their stage"),
    kind=Kind.STOCK,
    unit=Unit.MONEY,
    unknown=OPEN_DEALS_WITHOUT_RATE,
)

# The latest prediction of what customers will buy

PREDICTED_CUSTOMERS = Measure(
    key="predicted_customers", name=N_("customers who ever bought"), kind=Kind.PREDICTION
)
PREDICTED_VALUE = Measure(
    key="predicted_value",
    name=N_("predicted purchases of the next 12 months"),
    kind=Kind.PREDICTION,
    unit=Unit.MONEY,
)

# Reps, costs, targets, calendar

ACTIVE_REPS = Measure(key="active_reps", name=N_("active quota-carrying reps"), kind=Kind.DISTINCT)
ACQUISITION_COST = Measure(
    key="acquisition_cost",
    name=N_("acquisition cost"),
    kind=Kind.COST,
    unit=Unit.MONEY,
    unknown=COSTS_WITHOUT_RATE,
)
REVENUE_TARGET = Measure(
    key="revenue_target", name=N_("revenue target"), kind=Kind.TARGET, unit=Unit.MONEY
)
WON_DEALS_TARGET = Measure(key="won_deals_target", name=N_("target of won deals"), kind=Kind.TARGET)
OPPORTUNITIES_TARGET = Measure(
    key="opportunities_target", name=N_("target of new opportunities"), kind=Kind.TARGET
)
OPPORTUNITIES_VALUE_TARGET = Measure(
    key="opportunities_value_target",
    name=N_("target of the value of new opportunities"),
    kind=Kind.TARGET,
    unit=Unit.MONEY,
)
CALLS_TARGET = Measure(key="calls_target", name=N_("target of visits"), kind=Kind.TARGET)
PRODUCTIVE_CALLS_TARGET = Measure(
    key="productive_calls_target", name=N_("target of productive visits"), kind=Kind.TARGET
)
NEW_OUTLETS_TARGET = Measure(
    key="new_outlets_target", name=N_("target of new outlets"), kind=Kind.TARGET
)
WORKING_DAYS = Measure(
    key="working_days", name=N_("working days of the period"), kind=Kind.CALENDAR
)
ELAPSED_WORKING_DAYS = Measure(
    key="elapsed_working_days", name=N_("elapsed working days"), kind=Kind.CALENDAR
)

MEASURES = {
    measure.key: measure for measure in list(globals().values()) if isinstance(measure, Measure)
}
"""Every measure by key."""

ROLLUP_MEASURES = {
    measure.key: measure
    for measure in MEASURES.values()
    if measure.kind in {Kind.SUM, Kind.MIN, Kind.MAX, Kind.STOCK}
}
"""The measures that are columns of the daily rollup."""
