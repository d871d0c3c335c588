"""Visits made, planned and proven."""

from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Direction, Example, Family, Metric, Thresholds
from shared.metrics.formula import Unit

CALLS = Metric(
    key="calls",
    name=N_("Visits"),
    description=N_("Visits with a check-in. Cancelled visits do not count."),
    formula=m.CALLS,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    examples=(Example({"calls": 14}, "14"), Example({"calls": 0}, "0")),
)

PRODUCTIVE_CALLS = Metric(
    key="productive_calls",
    name=N_("Productive visits"),
    description=N_("Visits in which a deal was won (effective calls)."),
    formula=m.PRODUCTIVE_VISITS,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    examples=(Example({"productive_visits": 6}, "6"),),
)

PJP_RATE = Metric(
    key="pjp_rate",
    name=N_("Journey plan fulfilment"),
    description=N_(
        "Of the customers planned for a day, the share visited on that day. Two visits to one "
        "customer count once; a stop cancelled with a reason leaves the plan."
    ),
    formula=m.PLANNED_CUSTOMERS_VISITED / m.PLANNED_CUSTOMERS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.9"), at_risk=Decimal("0.7")),
    null_reason="no_plan",
    examples=(
        Example({"planned_customers_visited": 15, "planned_customers": 18}, "0.8333"),
        Example({"planned_customers_visited": 0, "planned_customers": 0}, None, "no_plan"),
    ),
)

CANCELLED_STOPS = Metric(
    key="cancelled_stops",
    name=N_("Cancelled stops"),
    description=N_("Planned stops that were cancelled with a reason."),
    formula=m.CANCELLED_STOPS,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    variant_of="pjp_rate",
    examples=(Example({"cancelled_stops": 2}, "2"),),
)

CALL_COMPLIANCE = Metric(
    key="call_compliance",
    name=N_("Visits according to plan"),
    description=N_("Of all visits, the share at customers who were planned for that day."),
    formula=m.PLANNED_CALLS / m.CALLS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.8"), at_risk=Decimal("0.6")),
    null_reason="no_calls",
    examples=(
        Example({"planned_calls": 15, "calls": 20}, "0.75"),
        Example({"planned_calls": 0, "calls": 0}, None, "no_calls"),
    ),
)

ROUTE_COMPLIANCE = Metric(
    key="route_compliance",
    name=N_("Planned order kept"),
    description=N_(
        "Of the planned customers visited on their day, the share visited in the planned order: "
        "as many as can be kept so that none of them comes before one planned ahead of it. Each "
        "customer counts once, by its first visit of the day."
    ),
    formula=m.STOPS_IN_ORDER / m.PLANNED_CUSTOMERS_VISITED,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.8"), at_risk=Decimal("0.6")),
    null_reason="no_planned_visits",
    examples=(
        Example({"stops_in_order": 9, "planned_customers_visited": 15}, "0.6"),
        Example({"stops_in_order": 0, "planned_customers_visited": 0}, None, "no_planned_visits"),
    ),
)

GEOFENCE_COMPLIANCE = Metric(
    key="geofence_compliance",
    name=N_("Check-ins at the customer"),
    description=N_(
        "Of the check-ins that could be judged, the share inside the customer's geofence. An "
        "uncertain check-in is no failure and does not count."
    ),
    formula=m.INSIDE_CALLS / (m.INSIDE_CALLS + m.OUTSIDE_CALLS),
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.95"), at_risk=Decimal("0.85")),
    null_reason="no_judged_check_ins",
    examples=(
        Example({"inside_calls": 18, "outside_calls": 2}, "0.9"),
        Example({"inside_calls": 0, "outside_calls": 0}, None, "no_judged_check_ins"),
    ),
)

UNDECIDED_SHARE = Metric(
    key="undecided_share",
    name=N_("Uncertain check-ins"),
    description=N_("Of all visits, the share whose check-in could not be judged."),
    formula=m.UNCERTAIN_CALLS / m.CALLS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_calls",
    variant_of="geofence_compliance",
    examples=(
        Example({"uncertain_calls": 3, "calls": 24}, "0.125"),
        Example({"uncertain_calls": 0, "calls": 0}, None, "no_calls"),
    ),
)

UNVERIFIED_TIME_SHARE = Metric(
    key="unverified_time_share",
    name=N_("Check-ins without a verified time"),
    description=N_("Of all visits, the share whose time of check-in is not verified."),
    formula=m.UNVERIFIED_TIME_CALLS / m.CALLS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_calls",
    examples=(
        Example({"unverified_time_calls": 1, "calls": 20}, "0.05"),
        Example({"unverified_time_calls": 0, "calls": 0}, None, "no_calls"),
    ),
)

STRIKE_RATE = Metric(
    key="strike_rate",
    name=N_("Strike rate"),
    description=N_("Of the completed visits, the share in which a deal was won."),
    formula=m.PRODUCTIVE_COMPLETED_VISITS / m.COMPLETED_VISITS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.65"), at_risk=Decimal("0.5")),
    null_reason="no_completed_visits",
    examples=(
        Example({"productive_completed_visits": 6, "completed_visits": 8}, "0.75"),
        Example(
            {"productive_completed_visits": 0, "completed_visits": 0}, None, "no_completed_visits"
        ),
    ),
)

VISIT_TO_ADVANCE_RATE = Metric(
    key="visit_to_advance_rate",
    name=N_("Visits that moved a deal on"),
    description=N_(
        "Of all visits, the share after which a deal of that customer moved to a later stage or "
        "was won within 14 days. The last visit before the move gets it. Orders taken at once "
        "are no move."
    ),
    formula=m.ADVANCING_CALLS / m.CALLS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    null_reason="no_calls",
    examples=(
        Example({"advancing_calls": 3, "calls": 24}, "0.125"),
        Example({"advancing_calls": 0, "calls": 0}, None, "no_calls"),
    ),
)

COST_PER_VISIT = Metric(
    key="cost_per_visit",
    name=N_("Cost per visit"),
    description=N_(
        "Kilometres of the recorded tracks, each at the rate of its day, and the approved "
        "expenses, for each visit. Where a kilometre has a rate, fuel and mileage that are claimed "
        "are in it."
    ),
    formula=(m.TRAVEL_COST + m.EXPENSES) / m.CALLS,
    unit=Unit.MONEY,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_calls",
    examples=(
        # 85 km at 3,000 a kilometre and 45,000 of tolls and parking.
        Example({"travel_cost": 255000, "expenses": 45000, "calls": 12}, "25000"),
        Example({"travel_cost": 5000, "expenses": 0, "calls": 0}, None, "no_calls"),
    ),
)

DROP_SIZE = Metric(
    key="drop_size",
    name=N_("Drop size"),
    description=N_("Value won in visits for each productive visit."),
    formula=m.VISIT_SALES / m.PRODUCTIVE_VISITS,
    unit=Unit.MONEY,
    family=Family.ACTIVITY,
    null_reason="no_productive_visits",
    examples=(
        Example({"visit_sales": 1500, "productive_visits": 6}, "250"),
        Example({"visit_sales": 0, "productive_visits": 0}, None, "no_productive_visits"),
    ),
)

LINES_PER_PRODUCTIVE_CALL = Metric(
    key="lines_per_productive_call",
    name=N_("Products per productive visit"),
    description=N_("Different products ordered for each productive visit."),
    formula=m.VISIT_PRODUCTS / m.PRODUCTIVE_VISITS,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    null_reason="no_productive_visits",
    examples=(
        Example({"visit_products": 21, "productive_visits": 6}, "3.5"),
        Example({"visit_products": 0, "productive_visits": 0}, None, "no_productive_visits"),
    ),
)
