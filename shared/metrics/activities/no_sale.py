"""Visits in which nothing was sold, and why."""

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Direction, Example, Family, Metric
from shared.metrics.formula import Measure, Unit

NO_SALE_SHARE = Metric(
    key="no_sale_share",
    name=N_("Visits without a sale"),
    description=N_("Of the completed visits, the share with a reason why nothing was sold."),
    formula=m.NO_SALE_VISITS / m.COMPLETED_VISITS,
    version=2,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_completed_visits",
    examples=(
        Example({"no_sale_visits": 2, "completed_visits": 8}, "0.25"),
        Example({"no_sale_visits": 0, "completed_visits": 0}, None, "no_completed_visits"),
    ),
)

NO_SALE_REASONS = Metric(
    key="no_sale_reasons",
    name=N_("Visits without a sale explained"),
    description=N_(
        "Of the completed visits without a sale, the share with a reason. Its variants tell how "
        "much each reason has of them."
    ),
    formula=m.NO_SALE_VISITS / m.UNPRODUCTIVE_COMPLETED_VISITS,
    version=2,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    null_reason="no_visits_without_sale",
    examples=(
        Example({"no_sale_visits": 9, "unproductive_completed_visits": 10}, "0.9"),
        Example(
            {"no_sale_visits": 0, "unproductive_completed_visits": 0},
            None,
            "no_visits_without_sale",
        ),
    ),
)


def _share(name: str, measure: Measure) -> Metric:
    return Metric(
        key=measure.key,
        name=name,
        description=N_(
            "Of the completed visits with a reason why nothing was sold, the share with this one."
        ),
        formula=measure / m.NO_SALE_VISITS,
        version=2,
        unit=Unit.PERCENT,
        family=Family.ACTIVITY,
        direction=Direction.NEUTRAL,
        null_reason="no_no_sale_reasons",
        variant_of="no_sale_reasons",
        examples=(
            Example({measure.key: 3, "no_sale_visits": 12}, "0.25"),
            Example({measure.key: 0, "no_sale_visits": 0}, None, "no_no_sale_reasons"),
        ),
    )


NO_SALE_STOCK_ENOUGH = _share(N_("No sale: enough stock"), m.NO_SALE_STOCK_ENOUGH)
NO_SALE_OWNER_ABSENT = _share(N_("No sale: owner not there"), m.NO_SALE_OWNER_ABSENT)
NO_SALE_CLOSED = _share(N_("No sale: shop closed"), m.NO_SALE_CLOSED)
NO_SALE_NO_MONEY = _share(N_("No sale: no money"), m.NO_SALE_NO_MONEY)
NO_SALE_PRICE = _share(N_("No sale: price too high"), m.NO_SALE_PRICE)
NO_SALE_COMPETITOR = _share(N_("No sale: bought from a competitor"), m.NO_SALE_COMPETITOR)
NO_SALE_OVERDUE_PAYMENT = _share(N_("No sale: old invoices unpaid"), m.NO_SALE_OVERDUE_PAYMENT)
NO_SALE_OTHER = _share(N_("No sale: another reason"), m.NO_SALE_OTHER)
