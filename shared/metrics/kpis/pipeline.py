"""The KPIs of the pipeline: what came in, what is open, how fast it moves."""

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Example, Family, Metric
from shared.metrics.formula import Unit

OPPORTUNITIES = Metric(
    key="opportunities",
    name=N_("New opportunities"),
    description=N_("Deals that became opportunities in the period."),
    formula=m.OPPORTUNITIES,
    unit=Unit.COUNT,
    family=Family.KPI,
    examples=(Example({"opportunities": 40}, "40"), Example({"opportunities": 0}, "0")),
)

OPPORTUNITIES_VALUE = Metric(
    key="opportunities_value",
    name=N_("Value of new opportunities"),
    description=N_("Value of the deals that became opportunities in the period."),
    formula=m.OPPORTUNITIES_VALUE,
    unit=Unit.MONEY,
    family=Family.KPI,
    variant_of="opportunities",
    examples=(Example({"opportunities_value": "199.95"}, "199.95"),),
)

OPEN_OPPORTUNITIES = Metric(
    key="open_opportunities",
    name=N_("Open opportunities"),
    description=N_("Opportunities that were neither won nor lost at the end of the period."),
    formula=m.OPEN_OPPORTUNITIES,
    unit=Unit.COUNT,
    family=Family.KPI,
    variant_of="opportunities",
    examples=(Example({"open_opportunities": 1589}, "1589"),),
)

OPEN_OPPORTUNITIES_VALUE = Metric(
    key="open_opportunities_value",
    name=N_("Value of open opportunities"),
    description=N_("Value of the opportunities open at the end of the period."),
    formula=m.OPEN_OPPORTUNITIES_VALUE,
    unit=Unit.MONEY,
    family=Family.KPI,
    variant_of="opportunities",
    examples=(Example({"open_opportunities_value": 3892229}, "3892229"),),
)

WEIGHTED_PIPELINE = Metric(
    key="weighted_pipeline",
    name=N_("Weighted pipeline"),
    description=N_(
        "Value of the open opportunities, each times the probability of the stage it was in at "
        "the end of the period."
    ),
    formula=m.WEIGHTED_PIPELINE,
    unit=Unit.MONEY,
    family=Family.KPI,
    variant_of="opportunities",
    examples=(Example({"weighted_pipeline": "1250.75"}, "1250.75"),),
)

OPEN_LEADS = Metric(
    key="open_leads",
    name=N_("Open leads"),
    description=N_("Leads that had not become opportunities at the end of the period."),
    formula=m.OPEN_LEADS,
    unit=Unit.COUNT,
    family=Family.KPI,
    variant_of="opportunities",
    examples=(Example({"open_leads": 500}, "500"),),
)

OPEN_LEADS_VALUE = Metric(
    key="open_leads_value",
    name=N_("Value of open leads"),
    description=N_("Value of the leads open at the end of the period."),
    formula=m.OPEN_LEADS_VALUE,
    unit=Unit.MONEY,
    family=Family.KPI,
    variant_of="opportunities",
    examples=(Example({"open_leads_value": 1073986}, "1073986"),),
)

SALES_VELOCITY = Metric(
    key="sales_velocity",
    name=N_("Sales velocity"),
    description=N_(
        "Revenue a day that the pipeline brings: opportunities, win rate and average value, "
        "divided by the length of the sales cycle."
    ),
    formula=(
        m.OPPORTUNITIES
        * (m.WON_OPPORTUNITIES / (m.WON_OPPORTUNITIES + m.LOST_OPPORTUNITIES))
        * (m.WON_OPPORTUNITIES_VALUE / m.WON_OPPORTUNITIES)
        / (m.CYCLE_DAYS / m.CYCLE_DEALS)
    ),
    unit=Unit.MONEY,
    family=Family.KPI,
    null_reason="no_won_deals",
    variant_of="opportunities",
    examples=(
        Example(
            {
                "opportunities": 40,
                "won_opportunities": 10,
                "lost_opportunities": 30,
                "won_opportunities_value": 50000,
                "cycle_days": 300,
                "cycle_deals": 10,
            },
            "1666.667",
        ),
        Example({"opportunities": 40}, None, "no_won_deals"),
    ),
)
