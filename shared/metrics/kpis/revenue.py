"""The KPIs of revenue: how much was sold, and by whom."""

from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Direction, Example, Family, Metric, Thresholds
from shared.metrics.formula import Unit, Window

_REVENUE_BEFORE = m.REVENUE.over(Window.PREVIOUS)

REVENUE = Metric(
    key="revenue",
    name=N_("Revenue"),
    description=N_("Value of the deals won in the period, by the day they closed."),
    formula=m.REVENUE,
    unit=Unit.MONEY,
    family=Family.KPI,
    examples=(Example({"revenue": "1250.50"}, "1250.50"), Example({"revenue": 0}, "0")),
)

WON_DEALS = Metric(
    key="won_deals",
    name=N_("Won deals"),
    description=N_("Deals won in the period, by the day they closed."),
    formula=m.WON_DEALS,
    unit=Unit.COUNT,
    family=Family.KPI,
    variant_of="revenue",
    examples=(Example({"won_deals": 12}, "12"), Example({"won_deals": 0}, "0")),
)

SALES_GROWTH = Metric(
    key="sales_growth",
    name=N_("Sales growth"),
    description=N_(
        "How much revenue grew against the period of the same length before. A running period is "
        "compared with the same elapsed part."
    ),
    formula=(m.REVENUE - _REVENUE_BEFORE) / _REVENUE_BEFORE,
    unit=Unit.PERCENT,
    family=Family.KPI,
    thresholds=Thresholds(target=Decimal("0.05"), at_risk=Decimal(0)),
    null_reason="no_previous_sales",
    examples=(
        Example({"revenue": 3086111, "revenue@previous": 1134672}, "1.719827"),
        Example({"revenue": 2982255, "revenue@previous": 3086111}, "-0.033653"),
        Example({"revenue": 500, "revenue@previous": 0}, None, "no_previous_sales"),
    ),
)

SALES_GROWTH_AMOUNT = Metric(
    key="sales_growth_amount",
    name=N_("Sales growth, amount"),
    description=N_(
        "By how much revenue grew against the period compared with; known also where there were "
        "no sales before."
    ),
    formula=m.REVENUE - _REVENUE_BEFORE,
    unit=Unit.MONEY,
    family=Family.KPI,
    variant_of="sales_growth",
    examples=(
        Example({"revenue": 500, "revenue@previous": 0}, "500"),
        Example({"revenue": 500, "revenue@previous": 700}, "-200"),
    ),
)

AVERAGE_PURCHASE_VALUE = Metric(
    key="average_purchase_value",
    name=N_("Average purchase value"),
    description=N_(
        "Mean value of a won deal: net of discounts, before tax. Deals without a value are left "
        "out."
    ),
    formula=m.REVENUE / m.VALUED_WON_DEALS,
    unit=Unit.MONEY,
    family=Family.KPI,
    null_reason="no_won_deals",
    examples=(
        Example({"revenue": 10005534, "valued_won_deals": 4238}, "2360.909391"),
        Example({"revenue": 0, "valued_won_deals": 0}, None, "no_won_deals"),
    ),
)

WON_DEALS_WITHOUT_VALUE = Metric(
    key="won_deals_without_value",
    name=N_("Won deals without a value"),
    description=N_("Won deals worth nothing: no purchase value counts them."),
    formula=m.WON_DEALS - m.VALUED_WON_DEALS,
    unit=Unit.COUNT,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    variant_of="average_purchase_value",
    examples=(Example({"won_deals": 12, "valued_won_deals": 10}, "2"),),
)

AVERAGE_PURCHASE_VALUE_MEDIAN = Metric(
    key="average_purchase_value_median",
    name=N_("Purchase value, median"),
    description=N_("Half of the won deals were worth more than this, half less."),
    formula=m.MEDIAN_PURCHASE,
    unit=Unit.MONEY,
    family=Family.KPI,
    null_reason="no_won_deals",
    variant_of="average_purchase_value",
    examples=(
        Example({"median_purchase": 1117}, "1117"),
        Example({"median_purchase": None}, None, "no_won_deals"),
    ),
)

REVENUE_PER_REP = Metric(
    key="revenue_per_rep",
    name=N_("Revenue per sales rep"),
    description=N_(
        "Revenue for each active sales rep with a quota: one who had a deal event or a visit in "
        "the period. Who works the half of full time, or joined in its middle, counts as half a "
        "rep. Credited to the owner at the close."
    ),
    formula=m.REVENUE / m.ACTIVE_REPS,
    version=2,
    unit=Unit.MONEY,
    family=Family.KPI,
    null_reason="no_active_reps",
    examples=(
        Example({"revenue": 1134672, "active_reps": 30}, "37822.40"),
        Example({"revenue": 0, "active_reps": 0}, None, "no_active_reps"),
    ),
)
