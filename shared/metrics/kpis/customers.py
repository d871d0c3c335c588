"""The KPIs of customers: what winning one costs, and what one brings."""

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Direction, Example, Family, Metric, Need
from shared.metrics.formula import Unit, Window

_BUYERS = m.ACTIVE_OUTLETS.over(Window.YEAR)
_BUYERS_BEFORE = m.ACTIVE_OUTLETS.over(Window.PREVIOUS_YEAR)
_RETURNING = m.RETURNING_OUTLETS.over(Window.YEAR)
_YEAR_REVENUE = m.REVENUE.over(Window.YEAR)
_YEAR_DEALS = m.VALUED_WON_DEALS.over(Window.YEAR)
_YEAR_MARGIN = m.MARGIN.over(Window.YEAR)
_YEAR_COSTED = m.COSTED_REVENUE.over(Window.YEAR)
_MOST_EXPECTED_YEARS = 10

CUSTOMER_ACQUISITION_COST = Metric(
    key="customer_acquisition_cost",
    name=N_("Customer acquisition cost"),
    description=N_(
        "What was spent to win customers for each customer newly won, that is, with the first won "
        "deal ever in the period."
    ),
    formula=m.ACQUISITION_COST / m.NEW_CUSTOMERS,
    unit=Unit.MONEY,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_new_customers",
    needs=(
        Need(measure=m.NEW_CUSTOMERS, reason="no_new_customers"),
        Need(measure=m.ACQUISITION_COST, reason="no_costs"),
    ),
    examples=(
        Example({"acquisition_cost": "58705.23", "new_customers": 1079}, "54.407071"),
        Example({"acquisition_cost": 100, "new_customers": 0}, None, "no_new_customers"),
        Example({"acquisition_cost": 0, "new_customers": 7}, None, "no_costs"),
    ),
)

CUSTOMER_LIFETIME_VALUE = Metric(
    key="customer_lifetime_value",
    name=N_("Customer lifetime value"),
    description=N_(
        "What a customer is expected to bring: average purchase, purchases per customer and year, "
        "expected years and gross margin, over the last 12 months. The expected years are one "
        "divided by the yearly churn, at most 10."
    ),
    formula=(
        (_YEAR_REVENUE / _YEAR_DEALS)
        * (_YEAR_DEALS / _BUYERS)
        * (_BUYERS_BEFORE / (_BUYERS_BEFORE - _RETURNING)).at_most(_MOST_EXPECTED_YEARS)
        * (_YEAR_MARGIN / _YEAR_COSTED)
    ),
    unit=Unit.MONEY,
    family=Family.KPI,
    needs=(
        Need(measure=_YEAR_DEALS, reason="no_won_deals"),
        Need(measure=_BUYERS_BEFORE, reason="no_previous_customers"),
        Need(measure=_YEAR_COSTED, reason="no_product_costs"),
    ),
    version=2,
    examples=(
        # 100 a purchase, 4 purchases a year, churn 20 % = 5 years, margin 30 %.
        Example(
            {
                "revenue@year": 40000,
                "valued_won_deals@year": 400,
                "active_outlets@year": 100,
                "active_outlets@previous_year": 50,
                "returning_outlets@year": 40,
                "margin@year": 12000,
                "costed_revenue@year": 40000,
            },
            "600",
        ),
        # Nobody left: ten years, not for ever.
        Example(
            {
                "revenue@year": 40000,
                "valued_won_deals@year": 400,
                "active_outlets@year": 100,
                "active_outlets@previous_year": 50,
                "returning_outlets@year": 50,
                "margin@year": 12000,
                "costed_revenue@year": 40000,
            },
            "1200",
        ),
        Example(
            {"revenue@year": 40000, "valued_won_deals@year": 400, "active_outlets@year": 100},
            None,
            "no_previous_customers",
        ),
    ),
)

PREDICTED_LIFETIME_VALUE = Metric(
    key="predicted_lifetime_value",
    name=N_("Predicted lifetime value"),
    description=N_(
        "What a customer is predicted to buy in the next 12 months, discounted by 1% a month. "
        "Predicted from how often, how recently and for how much each customer has bought so far "
        "(BG/NBD and Gamma-Gamma models). It is of today, whatever the period."
    ),
    formula=m.PREDICTED_VALUE / m.PREDICTED_CUSTOMERS,
    unit=Unit.MONEY,
    family=Family.KPI,
    variant_of="customer_lifetime_value",
    null_reason="no_prediction",
    examples=(
        # The sum over the 2,357 customers of the CDNOW sample.
        Example({"predicted_value": "71509.90", "predicted_customers": 2357}, "30.339372"),
        Example({"predicted_value": 0, "predicted_customers": 0}, None, "no_prediction"),
    ),
)

UPSELL_RATE = Metric(
    key="upsell_rate",
    name=N_("Up-sell rate"),
    description=N_(
        "Of the deals won with customers who had bought before, the share that was worth more "
        "than the customer's deal before and had no new product category. What somebody says of a "
        "deal by hand counts instead."
    ),
    formula=m.UPSELL_DEALS / m.EXISTING_CUSTOMER_DEALS,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_existing_customers",
    examples=(
        Example({"upsell_deals": 3, "existing_customer_deals": 12}, "0.25"),
        Example({"upsell_deals": 0, "existing_customer_deals": 0}, None, "no_existing_customers"),
    ),
)

UPSELL_REVENUE_SHARE = Metric(
    key="upsell_revenue_share",
    name=N_("Up-sell, share of revenue"),
    description=N_("Of the revenue, the share that up-sells brought."),
    formula=m.UPSELL_REVENUE / m.REVENUE,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_won_deals",
    variant_of="upsell_rate",
    examples=(
        Example({"upsell_revenue": 300, "revenue": 1200}, "0.25"),
        Example({"upsell_revenue": 0, "revenue": 0}, None, "no_won_deals"),
    ),
)

CROSS_SELL_REVENUE_SHARE = Metric(
    key="cross_sell_revenue_share",
    name=N_("Cross-sell, share of revenue"),
    description=N_("Of the revenue, the share that cross-sells brought."),
    formula=m.CROSS_SELL_REVENUE / m.REVENUE,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_won_deals",
    variant_of="cross_sell_rate",
    examples=(
        Example({"cross_sell_revenue": 90, "revenue": 1200}, "0.075"),
        Example({"cross_sell_revenue": 0, "revenue": 0}, None, "no_won_deals"),
    ),
)

CUSTOMER_HISTORIC_VALUE = Metric(
    key="customer_historic_value",
    name=N_("Customer value so far"),
    description=N_(
        "Gross margin of all deals ever won up to the end of the period, for each customer that "
        "ever bought. Only products with a known cost have a margin."
    ),
    version=2,
    formula=m.MARGIN.over(Window.EVER) / m.ACTIVE_OUTLETS.over(Window.EVER),
    unit=Unit.MONEY,
    family=Family.KPI,
    null_reason="no_won_deals",
    needs=(
        Need(measure=m.ACTIVE_OUTLETS.over(Window.EVER), reason="no_won_deals"),
        Need(measure=m.COSTED_REVENUE.over(Window.EVER), reason="no_product_costs"),
    ),
    variant_of="customer_lifetime_value",
    examples=(
        Example(
            {"margin@ever": 12000, "active_outlets@ever": 40, "costed_revenue@ever": 90000}, "300"
        ),
        Example({"margin@ever": 0, "active_outlets@ever": 0}, None, "no_won_deals"),
        Example(
            {"margin@ever": 0, "active_outlets@ever": 4, "costed_revenue@ever": 0},
            None,
            "no_product_costs",
        ),
    ),
)

CROSS_SELL_RATE = Metric(
    key="cross_sell_rate",
    name=N_("Cross-sell rate"),
    description=N_(
        "Of the deals won with customers who had bought before, the share that held a product "
        "category this customer had never bought. What somebody says of a deal by hand counts "
        "instead."
    ),
    formula=m.CROSS_SELL_DEALS / m.EXISTING_CUSTOMER_DEALS,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_existing_customers",
    examples=(
        Example({"cross_sell_deals": 3, "existing_customer_deals": 8}, "0.375"),
        Example(
            {"cross_sell_deals": 0, "existing_customer_deals": 0}, None, "no_existing_customers"
        ),
    ),
)
