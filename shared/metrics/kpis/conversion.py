"""The KPIs of conversion: how many leads and opportunities are won."""

from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Example, Family, Metric, Thresholds
from shared.metrics.formula import Unit, Window

LEAD_TO_OPPORTUNITY_RATE = Metric(
    key="lead_to_opportunity_rate",
    name=N_("Lead-to-opportunity rate"),
    description=N_(
        "Of the leads created in the period, the share that became opportunities, whenever that "
        "happened. Disqualified leads count as leads."
    ),
    formula=m.LEADS_TO_OPPORTUNITIES / m.LEADS,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_leads",
    open_cases=m.LEADS_UNDECIDED,
    examples=(
        Example({"leads_to_opportunities": 8300, "leads": 8800}, "0.943182"),
        Example({"leads_to_opportunities": 0, "leads": 0}, None, "no_leads"),
    ),
)

LEAD_TO_OPPORTUNITY_RATE_30D = Metric(
    key="lead_to_opportunity_rate_30d",
    name=N_("Lead-to-opportunity rate within 30 days"),
    description=N_(
        "Of the leads created in the period, the share that became opportunities within 30 days, "
        "so that young and old leads can be compared."
    ),
    formula=m.LEADS_TO_OPPORTUNITIES_30D / m.LEADS,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_leads",
    open_cases=m.LEADS_UNDECIDED.over(Window.YOUNG),
    variant_of="lead_to_opportunity_rate",
    examples=(
        Example({"leads_to_opportunities_30d": 12, "leads": 40}, "0.3"),
        Example({"leads_to_opportunities_30d": 0, "leads": 0}, None, "no_leads"),
    ),
    version=2,
)

LEAD_TO_OPPORTUNITY_RATE_PERIOD = Metric(
    key="lead_to_opportunity_rate_period",
    name=N_("Lead-to-opportunity rate, by period"),
    description=N_(
        "Opportunities that began in the period for each lead created in it. It may exceed 100%, "
        "because older leads count among the opportunities."
    ),
    formula=m.OPPORTUNITIES / m.LEADS,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_leads",
    variant_of="lead_to_opportunity_rate",
    examples=(
        Example({"opportunities": 12, "leads": 10}, "1.2"),
        Example({"opportunities": 12, "leads": 0}, None, "no_leads"),
    ),
)

OPPORTUNITY_TO_WIN_RATE = Metric(
    key="opportunity_to_win_rate",
    name=N_("Opportunity-to-win rate"),
    description=N_(
        "Of the opportunities closed in the period, the share that was won. Orders taken at once "
        "were none and do not count. Below 15% the way leads are qualified needs work."
    ),
    formula=m.WON_OPPORTUNITIES / (m.WON_OPPORTUNITIES + m.LOST_OPPORTUNITIES),
    unit=Unit.PERCENT,
    family=Family.KPI,
    thresholds=Thresholds(target=Decimal("0.25"), at_risk=Decimal("0.15"), from_denominator=20),
    null_reason="no_closed_deals",
    examples=(
        Example({"won_opportunities": 3, "lost_opportunities": 7}, "0.3"),
        Example({"won_opportunities": 4238, "lost_opportunities": 2473}, "0.63150052"),
        Example({"won_opportunities": 0, "lost_opportunities": 0}, None, "no_closed_deals"),
    ),
)

OPPORTUNITY_TO_WIN_RATE_COHORT = Metric(
    key="opportunity_to_win_rate_cohort",
    name=N_("Opportunity-to-win rate, by cohort"),
    description=N_(
        "Of the opportunities that began in the period, open ones included, the share that was "
        "won, whenever that happened."
    ),
    formula=m.OPPORTUNITIES_WON / m.OPPORTUNITIES,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_opportunities",
    open_cases=m.OPPORTUNITIES_UNDECIDED,
    variant_of="opportunity_to_win_rate",
    examples=(
        Example({"opportunities_won": 3, "opportunities": 100}, "0.03"),
        Example({"opportunities_won": 0, "opportunities": 0}, None, "no_opportunities"),
    ),
)

OPPORTUNITY_TO_WIN_RATE_VALUE = Metric(
    key="opportunity_to_win_rate_value",
    name=N_("Opportunity-to-win rate, by value"),
    description=N_(
        "Of the value of the opportunities closed in the period, the share that was won."
    ),
    formula=m.WON_OPPORTUNITIES_VALUE / (m.WON_OPPORTUNITIES_VALUE + m.LOST_OPPORTUNITIES_VALUE),
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_closed_deals",
    variant_of="opportunity_to_win_rate",
    examples=(
        Example({"won_opportunities_value": 60, "lost_opportunities_value": 20}, "0.75"),
        Example(
            {"won_opportunities_value": 0, "lost_opportunities_value": 0}, None, "no_closed_deals"
        ),
    ),
)

LEAD_CONVERSION_RATE = Metric(
    key="lead_conversion_rate",
    name=N_("Lead conversion rate"),
    description=N_(
        "Of the leads created in the period, the share that became paying customers, whenever "
        "that happened."
    ),
    formula=m.LEADS_WON / m.LEADS,
    unit=Unit.PERCENT,
    family=Family.KPI,
    null_reason="no_leads",
    open_cases=m.LEADS_OPEN,
    examples=(
        Example({"leads_won": 4238, "leads": 8800}, "0.48159091"),
        Example({"leads_won": 0, "leads": 0}, None, "no_leads"),
    ),
)
