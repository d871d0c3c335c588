"""Customers reached."""

from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Example, Family, Metric, Thresholds
from shared.metrics.formula import Unit

COVERAGE = Metric(
    key="coverage",
    name=N_("Coverage"),
    description=N_(
        "Of the customers assigned to the reps in the period, the share that they visited."
    ),
    formula=m.ASSIGNED_CUSTOMERS_VISITED / m.CUSTOMERS_ASSIGNED,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.9"), at_risk=Decimal("0.7")),
    null_reason="no_customers_assigned",
    examples=(
        Example({"assigned_customers_visited": 40, "customers_assigned": 50}, "0.8"),
        Example(
            {"assigned_customers_visited": 0, "customers_assigned": 0},
            None,
            "no_customers_assigned",
        ),
    ),
)

COVERAGE_VERIFIED = Metric(
    key="coverage_verified",
    name=N_("Coverage, verified"),
    description=N_(
        "Of the customers assigned to the reps in the period, the share with a visit that was "
        "judged inside the geofence."
    ),
    formula=m.VERIFIED_CUSTOMERS_VISITED / m.CUSTOMERS_ASSIGNED,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    null_reason="no_customers_assigned",
    variant_of="coverage",
    examples=(
        Example({"verified_customers_visited": 30, "customers_assigned": 50}, "0.6"),
        Example(
            {"verified_customers_visited": 0, "customers_assigned": 0},
            None,
            "no_customers_assigned",
        ),
    ),
)

VISIT_FREQUENCY_COMPLIANCE = Metric(
    key="visit_frequency_compliance",
    name=N_("Visit frequency kept"),
    description=N_(
        "Of the visits due to the assigned customers, the share that was made: one every so many "
        "weeks as the settings say for the customer's class, at first A one, B two, C four. Class "
        "and setting are those of the last day of the period. Only full weeks count, and visits "
        "beyond what is due hide no miss elsewhere."
    ),
    formula=m.DUE_VISITS_MADE / m.DUE_VISITS,
    version=2,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.9"), at_risk=Decimal("0.7")),
    null_reason="no_visits_due",
    examples=(
        Example({"due_visits_made": 27, "due_visits": 36}, "0.75"),
        Example({"due_visits_made": 0, "due_visits": 0}, None, "no_visits_due"),
    ),
)

CUSTOMERS_VISITED = Metric(
    key="customers_visited",
    name=N_("Customers visited"),
    description=N_("Different customers visited, each counted once."),
    formula=m.CUSTOMERS_VISITED,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    examples=(Example({"customers_visited": 31}, "31"),),
)

ACTIVE_OUTLETS = Metric(
    key="active_outlets",
    name=N_("Active outlets"),
    description=N_("Different customers with a won deal, each counted once (OA)."),
    formula=m.ACTIVE_OUTLETS,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    examples=(Example({"active_outlets": 24}, "24"),),
)

NEW_OUTLETS = Metric(
    key="new_outlets",
    name=N_("New outlets"),
    description=N_("Customers whose first won deal ever falls in the period (NOO)."),
    formula=m.NEW_CUSTOMERS,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    examples=(Example({"new_customers": 5}, "5"),),
)
