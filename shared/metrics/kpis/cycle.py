"""The KPIs of the sales cycle: how long a deal takes."""

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Direction, Example, Family, Metric
from shared.metrics.formula import Unit

SALES_CYCLE_LENGTH = Metric(
    key="sales_cycle_length",
    name=N_("Sales cycle length"),
    description=N_(
        "Mean days from becoming an opportunity to being won, over the deals won in the period."
    ),
    formula=m.CYCLE_DAYS / m.CYCLE_DEALS,
    unit=Unit.DAYS,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_won_deals",
    examples=(
        Example({"cycle_days": 219452, "cycle_deals": 4238}, "51.781973"),
        Example({"cycle_days": 0, "cycle_deals": 0}, None, "no_won_deals"),
    ),
)

SALES_CYCLE_LENGTH_MEDIAN = Metric(
    key="sales_cycle_length_median",
    name=N_("Sales cycle length, median"),
    description=N_("Half of the deals won in the period took longer than this, half less."),
    formula=m.MEDIAN_CYCLE_DAYS,
    unit=Unit.DAYS,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_won_deals",
    variant_of="sales_cycle_length",
    examples=(
        Example({"median_cycle_days": 57}, "57"),
        Example({"median_cycle_days": None}, None, "no_won_deals"),
    ),
)

SALES_CYCLE_LENGTH_FROM_LEAD = Metric(
    key="sales_cycle_length_from_lead",
    name=N_("Sales cycle length from the lead"),
    description=N_("Mean days from the lead to being won, over the deals won in the period."),
    formula=m.LEAD_CYCLE_DAYS / m.LEAD_CYCLE_DEALS,
    unit=Unit.DAYS,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_won_deals",
    variant_of="sales_cycle_length",
    examples=(
        Example({"lead_cycle_days": 90, "lead_cycle_deals": 3}, "30"),
        Example({"lead_cycle_days": 0, "lead_cycle_deals": 0}, None, "no_won_deals"),
    ),
)

SALES_CYCLE_LENGTH_CLOSED = Metric(
    key="sales_cycle_length_closed",
    name=N_("Sales cycle length, won and lost"),
    description=N_("Mean days from becoming an opportunity to being closed, won or lost."),
    formula=m.CLOSED_CYCLE_DAYS / m.CLOSED_CYCLE_DEALS,
    unit=Unit.DAYS,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_closed_deals",
    variant_of="sales_cycle_length",
    examples=(
        Example({"closed_cycle_days": 96, "closed_cycle_deals": 2}, "48"),
        Example({"closed_cycle_days": 0, "closed_cycle_deals": 0}, None, "no_closed_deals"),
    ),
)

SALES_CYCLE_LENGTH_LOST = Metric(
    key="sales_cycle_length_lost",
    name=N_("Sales cycle length, lost"),
    description=N_("Mean days from becoming an opportunity to being lost."),
    formula=(m.CLOSED_CYCLE_DAYS - m.CYCLE_DAYS) / (m.CLOSED_CYCLE_DEALS - m.CYCLE_DEALS),
    unit=Unit.DAYS,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_lost_deals",
    variant_of="sales_cycle_length",
    examples=(
        Example(
            {
                "closed_cycle_days": 322030,
                "cycle_days": 219452,
                "closed_cycle_deals": 6711,
                "cycle_deals": 4238,
            },
            "41.479175",
        ),
        Example({"closed_cycle_days": 90, "cycle_days": 90}, None, "no_lost_deals"),
    ),
)

SALES_CYCLE_ERRORS = Metric(
    key="sales_cycle_errors",
    name=N_("Deals with impossible days"),
    description=N_(
        "Deals that closed before they were an opportunity or a lead: errors in the data, which no "
        "cycle length from that day on counts."
    ),
    formula=m.CYCLE_ERRORS,
    unit=Unit.COUNT,
    family=Family.KPI,
    direction=Direction.LOWER_IS_BETTER,
    variant_of="sales_cycle_length",
    examples=(Example({"cycle_errors": 2}, "2"),),
    version=2,
)
