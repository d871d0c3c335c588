"""The overview of KPIs, and what the reps did in the field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics.pages.course import chart, lines
from server.metrics.pages.dashboards import chosen_dashboard, dashboards, tiles_of
from server.metrics.pages.hours import call_hours
from server.metrics.pages.ranked import ranked
from server.metrics.pages.view import (
    View,
    common,
    looks_back,
    read_view,
    setting_of,
)
from server.metrics.queries import Answer, Compared
from server.metrics.sql.reach import By
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.teams.queries import list_reps
from server.web.catalogue import all_metrics, own_metrics
from server.web.components import Table, Tile, read_page
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.languages import current_language
from server.web.metric_tables import judging_keys, metric_table
from server.web.metric_tiles import Reading, Target, metric_tile
from server.web.navigation import Entry
from server.web.periods import PeriodChoice
from server.web.quantities import short
from server.web.search import MOST_HITS, Hit, SearchGroup
from server.web.words import NO_SALE_REASONS, shown
from shared.i18n import N_
from shared.metrics.catalog import ACTIVITIES, KPIS
from shared.metrics.definition import Family
from shared.metrics.formula import Unit
from shared.metrics.kpis.targets import GOALS

blueprint = Blueprint("metrics_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="metrics_pages.overview",
        label=N_("Overview"),
        icon="view-dashboard-outline",
        position=10,
        key="o",
        features=("number_pages", "dashboard_pages"),
    ),
    Entry(
        endpoint="metrics_pages.activity",
        label=N_("Field activity"),
        icon="chart-timeline-variant",
        position=12,
        key="a",
    ),
)
_PIPELINE = ("weighted_pipeline", "sales_velocity")
"""Variants of the opportunities that a manager looks at every day."""
PIPELINE_TILES = (
    "sales_velocity",
    "weighted_pipeline",
    "lead_to_opportunity_rate",
    "opportunity_to_win_rate",
    "sales_cycle_length",
    "average_purchase_value",
)
SOURCE_COLUMNS = (
    "lead_to_opportunity_rate",
    "lead_conversion_rate",
    "opportunity_to_win_rate",
    "revenue",
    "average_purchase_value",
)
RANKED = (
    "revenue",
    "target_attainment",
    "won_deals",
    "opportunity_to_win_rate",
    "calls",
    "strike_rate",
)
ACTIVITY_COLUMNS = (
    "calls",
    "productive_calls",
    "strike_rate",
    "pjp_rate",
    "geofence_compliance",
    "calls_per_day",
    "time_in_store",
    "first_call_time",
    "last_call_time",
    "active_outlets",
    "drop_size",
)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why nothing was sold, in how many visits and which share of those with a reason."""

    label: str
    visits: int
    share: str
    href: str


@blueprint.get("/")
@signed_in()
def overview() -> ResponseReturnValue:
    """Show the KPIs, one of them over time, and the reps side by side."""
    view = read_view()
    dashboard = chosen_dashboard()
    sizes = tiles_of(dashboard)
    every = view.known(
        [
            *(metric.key for metric in KPIS if metric.variant_of is None),
            *_PIPELINE,
            *(metric.key for metric in own_metrics(Family.KPI)),
        ]
    )
    shown = view.known(sizes) or every
    view = view.offering_first_days(shown)
    charted = choice(
        "chart",
        gettext("Over time"),
        {key: gettext(all_metrics()[key].name) for key in shown},
        arguments=request.args,
    )
    answer = _answer(view, shown, beside=_asked(view, RANKED))
    return render_template(
        "metrics/overview.html",
        **common(view, answer),
        tiles=_tiles(view, answer, shown),
        sizes=sizes,
        dashboard=dashboard,
        dashboards=dashboards(),
        charted=charted,
        chart=chart(view, answer, charted.chosen.value if charted.chosen else shown[0]),
        table=_table(view, answer, RANKED, default_sort="-revenue"),
    )


@blueprint.get("/activity")
@signed_in()
def activity() -> ResponseReturnValue:
    """Show the activity metrics, together and rep by rep."""
    view = read_view()
    # Nothing in the field is known by the source of a lead.
    choices = tuple(each for each in view.choices if each.name != "source")
    view = replace(view, source="", choices=choices)
    view = view.offering_first_days(())
    shown = [metric.key for metric in ACTIVITIES if metric.variant_of is None]
    shown = view.known([*shown, *(metric.key for metric in own_metrics(Family.ACTIVITY))])
    answer = _answer(view, shown, beside=[*_asked(view, ACTIVITY_COLUMNS), *_REASONS])
    return render_template(
        "metrics/activity.html",
        **common(view, answer),
        tiles=_tiles(view, answer, shown),
        table=_table(view, answer, ACTIVITY_COLUMNS, default_sort="-calls"),
        reasons=_reasons(view, answer),
        hours=call_hours(view),
    )


_REASONS = {f"no_sale_{reason}": label for reason, label in NO_SALE_REASONS.items()}
"""What a reason for no sale is called, by its metric."""


def _reasons(view: View, answer: Answer) -> list[Reason]:
    """Return why nothing was sold, the commonest reason first."""
    values = answer.total.values
    counted = sorted(
        ((values[key].value, key) for key in _REASONS if values[key].value.numerator),
        key=lambda each: (-(each[0].numerator or 0), each[1]),
    )
    language, currency = current_language(), view.settings.reporting_currency
    return [
        Reason(
            label=gettext(_REASONS[key]),
            visits=int(value.numerator or 0),
            share=short(value.value, Unit.PERCENT, currency, language=language),
            href=view.rows_url(key),
        )
        for value, key in counted
    ]


def pipeline_numbers(*, team_id: str, rep_id: str, chosen: PeriodChoice) -> str:
    """Return the numbers of the pipeline as tiles, for its page."""
    view = replace(
        read_view(),
        chosen=chosen,
        team_id=team_id,
        rep_id=rep_id,
        source="",
        customer_class=None,
    )
    answer = _answer(view, PIPELINE_TILES)
    return render_template(
        "metrics/pipeline.html",
        tiles=_tiles(view, answer, PIPELINE_TILES),
        within=view.within,
        sources=_sources(view),
    )


def _sources(view: View) -> Table:
    """Return where leads came from, and what became of them."""
    answer = view.answer(SOURCE_COLUMNS, by=By.SOURCE)
    named = [
        replace(group, name=shown(group.name) or gettext("not recorded")) for group in answer.groups
    ]
    return metric_table(
        named,
        answer.total,
        SOURCE_COLUMNS,
        label=gettext("Lead source"),
        sort="-lead_conversion_rate",
        address=lambda source: url_for(
            "metrics_pages.overview", **view.arguments() | {"source": source or None}
        ),
        currency=view.settings.reporting_currency,
        language=current_language(),
        rows_url=lambda source, key: url_for(
            "number_pages.rows", key=key, **view.arguments() | {"source": source or None}
        ),
    )


@blueprint.get(f"/reps.{ROUTE}")
@signed_in()
def export(kind: str) -> ResponseReturnValue:
    """Download every metric of every rep, with the versions of their definitions."""
    view = read_view()
    keys = view.known(all_metrics())
    groups = view.answer(keys, by=By.REP).groups
    header = [gettext("Rep")] + [f"{key} v{all_metrics()[key].version}" for key in keys]
    rows = [
        [group.name, *(compared.value.value for compared in group.values.values())]
        for group in groups
    ]
    name = f"tapak-reps-{view.chosen.period.start}-{view.chosen.last_day}"
    return download(name, header, rows, kind=kind)


def _answer(view: View, keys: Sequence[str], *, beside: Sequence[str] = ()) -> Answer:
    """Ask at once for the values of all, and for the course of those that have a tile.

    :param beside: what else the page shows of all together
    """
    drawn = [key for key in keys if not looks_back(all_metrics()[key])]
    # Twelve months move little within a period, and counting them for each piece is slow.
    series = view.grain(all_metrics()[drawn[0]]) if drawn else None
    asked = dict.fromkeys([*keys, *_target_keys(view, keys), *beside])
    return view.answer(list(asked), series=series, drawn=drawn)


def _tiles(view: View, answer: Answer, keys: Sequence[str]) -> list[Tile]:
    setting = setting_of(view, answer)
    values = answer.total.values
    courses = lines(view, answer, keys)
    return [
        metric_tile(
            Reading(
                metric=all_metrics()[key],
                value=values[key].value,
                previous=values[key].previous,
                difference=values[key].difference,
                change=values[key].change,
                series=courses.get(key, ()),
                rows_url=view.rows_url(key),
            ),
            setting,
            target=_target(key, values),
        )
        for key in keys
    ]


_GOALS = {key: goal for goal in GOALS.values() for key in (goal.metric.key, goal.attainment.key)}
"""What a tile's target is told by; that of a share of a target is the target itself."""


def _target_keys(view: View, shown: Sequence[str]) -> list[str]:
    """Return what else must be known to say how far the shown numbers are from their targets."""
    goals = [_GOALS[key] for key in shown if key in _GOALS]
    keys = dict.fromkeys(each.key for goal in goals for each in (goal.attainment, goal.pace))
    return view.known(_missing(list(keys), shown))


def _target(key: str, values: Mapping[str, Compared]) -> Target | None:
    goal = _GOALS.get(key)
    if goal is None or goal.attainment.key not in values or goal.pace.key not in values:
        return None
    attainment, pace = (values[each.key].value for each in (goal.attainment, goal.pace))
    return Target(unit=goal.target.unit, attainment=attainment, pace=pace)


def _asked(view: View, keys: Sequence[str]) -> list[str]:
    """Return what has to be read for a table of these metrics."""
    return view.known(judging_keys(view.known(keys)))


def _table(view: View, together: Answer, keys: Sequence[str], *, default_sort: str) -> Table:
    """Return the reps side by side; what all of them come to is known already."""
    keys, sort = view.known(keys), request.args.get("sort", default_sort)
    with_heat = "heat" in request.args
    # Bars compare the first.
    ordered_by = [keys[0], *(key for key in keys if key == sort.lstrip("-"))]
    of_reps = ranked(view, _asked(view, keys), ordered_by, compares_all=with_heat)
    return metric_table(
        of_reps.reps,
        together.total,
        keys,
        shown=of_reps.shown,
        label=gettext("Rep"),
        sort=sort,
        address=lambda rep_id: url_for(
            request.endpoint or "", **view.arguments() | {"rep": rep_id}
        ),
        currency=view.settings.reporting_currency,
        language=current_language(),
        rows_url=lambda rep_id, key: view.rows_url(key, rep_id=rep_id),
        with_heat=with_heat,
        page=read_page(request.args.get("page")),
    )


def _missing(keys: Sequence[str], shown: Sequence[str]) -> list[str]:
    return [key for key in keys if key not in shown]


def _search_reps(*, text: str) -> SearchGroup:
    today = business_today()
    part = text.casefold()
    found = [
        rep
        for rep in list_reps(access=current_access(), day=today)
        if part in rep.name.casefold() or part in rep.code.casefold()
    ]
    return SearchGroup(
        label=gettext("Reps"),
        icon="account-group-outline",
        total=len(found),
        hits=tuple(
            Hit(title=rep.name, text=rep.code, href=url_for("metrics_pages.activity", rep=rep.id))
            for rep in found[: 2 * MOST_HITS]
        ),
        more_url=url_for("metrics_pages.activity"),
    )


CONTRIBUTIONS: dict[str, Contributor] = {"pipeline": pipeline_numbers, "search": _search_reps}
