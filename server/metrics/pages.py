"""Pages of numbers: the overview of KPIs, and what the reps did in the field."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics import queries
from server.metrics.queries import Answer, Compare, Question
from server.metrics.sql.reach import By
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.settings import Settings
from server.teams.queries import list_reps, list_teams, team_with_descendants
from server.web import formats
from server.web.components import Choice, Table, Tile
from server.web.csv_export import csv_response
from server.web.filters import choice, read_id
from server.web.languages import current_language
from server.web.metric_tables import judging_keys, metric_table
from server.web.metric_tiles import Reading, Setting, Target, metric_tile
from server.web.navigation import Entry
from server.web.periods import PRESETS, PeriodChoice, read_period
from server.web.quantities import full
from shared.i18n import N_
from shared.metrics.catalog import ACTIVITIES, KPIS, METRICS
from shared.metrics.definition import Metric
from shared.metrics.formula import Window
from shared.time import Grain, Period, business_day, utc_now

blueprint = Blueprint("metrics_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="metrics_pages.overview",
        label=N_("Overview"),
        icon="view-dashboard-outline",
        position=10,
    ),
    Entry(
        endpoint="metrics_pages.activity",
        label=N_("Field activity"),
        icon="chart-timeline-variant",
        position=15,
    ),
)

TARGET_KEYS = ("target_attainment", "target_pace")
_PIPELINE = ("weighted_pipeline", "sales_velocity")
"""Variants of the opportunities that a manager looks at every day."""
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
    "active_outlets",
    "drop_size",
)
_YEARS = {Window.YEAR, Window.PREVIOUS_YEAR}
# Rows behind a number that the list of visits can show.
_ROWS: dict[str, dict[str, str]] = {"calls": {}, "geofence_compliance": {"verdict": "outside"}}


@dataclass(frozen=True, kw_only=True)
class View:
    """What the filter bar asks for, and what all parts of the page need."""

    access: Access
    settings: Settings
    now: dt.datetime
    today: dt.date
    chosen: PeriodChoice
    compare: Compare
    rep_id: str
    team_id: str
    choices: tuple[Choice, ...]

    def answer(
        self, keys: Sequence[str], *, by: By | None = None, series: Grain | None = None
    ) -> Answer:
        """Return the values of these metrics."""
        question = Question(
            metrics=[METRICS[key] for key in keys],
            period=self.chosen.period,
            today=self.today,
            currency=self.settings.reporting_currency,
            rep_id=self.rep_id or None,
            team_ids=team_with_descendants(self.team_id) if self.team_id else None,
            compare=self.compare,
            by=by,
            series=series,
        )
        return queries.metric_values(access=self.access, question=question)

    def grain(self, metric: Metric) -> Grain:
        """Return pieces that make a readable line; few where each looks back over a year."""
        days = self.chosen.period.length_days
        if days <= 31 and not _looks_back(metric):
            return Grain.DAY
        return Grain.WEEK if days <= 186 else Grain.MONTH

    def arguments(self) -> dict[str, Any]:
        """Return the URL arguments of the filters."""
        filters = {"team": self.team_id, "rep": self.rep_id}
        return self.chosen.arguments() | {name: value for name, value in filters.items() if value}


@blueprint.get("/")
@signed_in()
def overview() -> ResponseReturnValue:
    """Show the KPIs, one of them over time, and the reps side by side."""
    view = _read_view()
    shown = [metric.key for metric in KPIS if metric.variant_of is None]
    shown += _PIPELINE
    charted = choice(
        "chart",
        gettext("Over time"),
        {key: gettext(METRICS[key].name) for key in shown},
        arguments=request.args,
    )
    answer = view.answer([*shown, *_missing(TARGET_KEYS, shown)])
    return render_template(
        "metrics/overview.html",
        **_common(view, answer),
        tiles=_tiles(view, answer, shown),
        charted=charted,
        chart=_chart(view, METRICS[charted.chosen.value if charted.chosen else shown[0]]),
        table=_table(view, RANKED, default_sort="-revenue"),
    )


@blueprint.get("/activity")
@signed_in()
def activity() -> ResponseReturnValue:
    """Show the activity metrics, together and rep by rep."""
    view = _read_view()
    shown = [metric.key for metric in ACTIVITIES if metric.variant_of is None]
    answer = view.answer(shown)
    return render_template(
        "metrics/activity.html",
        **_common(view, answer),
        tiles=_tiles(view, answer, shown),
        table=_table(view, ACTIVITY_COLUMNS, default_sort="-calls"),
    )


@blueprint.get("/reps.csv")
@signed_in()
def export() -> ResponseReturnValue:
    """Download every metric of every rep, with the versions of their definitions."""
    view = _read_view()
    groups = view.answer(list(METRICS), by=By.REP).groups
    header = [gettext("Rep")] + [f"{key} v{metric.version}" for key, metric in METRICS.items()]
    rows = [
        [group.name, *(_plain(compared.value.value) for compared in group.values.values())]
        for group in groups
    ]
    name = f"tapak-reps-{view.chosen.period.start}-{view.chosen.last_day}"
    return csv_response(name, header, rows)


def _read_view() -> View:
    settings: Settings = current_app.extensions["settings"]
    access, now = current_access(), utc_now()
    today = business_day(now, settings.time_zone)
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    queries.check_holders(access=access, rep_id=rep_id or None, team_id=team_id or None)
    compare = choice(
        "compare",
        gettext("Compared with"),
        {
            Compare.PREVIOUS.value: gettext("Period before"),
            Compare.LAST_YEAR.value: gettext("Same days last year"),
        },
        arguments=request.args,
    )
    return View(
        access=access,
        settings=settings,
        now=now,
        today=today,
        chosen=read_period(
            request.args, today=today, first_day=queries.first_day(access=access) or today
        ),
        compare=Compare(compare.chosen.value) if compare.chosen else Compare.PREVIOUS,
        rep_id=rep_id,
        team_id=team_id,
        choices=(*_people(access, today, team_id), compare),
    )


def _people(access: Access, today: dt.date, team_id: str) -> tuple[Choice, ...]:
    teams = team_with_descendants(team_id) if team_id else None
    choices = (
        choice(
            "team",
            gettext("Team"),
            {team.id: team.name for team in list_teams(access=access)},
            arguments=request.args,
            everything=gettext("All teams"),
        ),
        choice(
            "rep",
            gettext("Rep"),
            {
                rep.id: rep.name
                for rep in list_reps(access=access, day=today)
                if teams is None or rep.team_id in teams
            },
            arguments=request.args,
            everything=gettext("All reps"),
        ),
    )
    # A choice among one is none.
    return tuple(each for each in choices if len(each.options) > 2)


def _common(view: View, answer: Answer) -> dict[str, Any]:
    fresh = queries.freshness(
        access=view.access,
        period=view.chosen.period,
        now=view.now,
        zone=view.settings.time_zone,
    )
    return {
        "view": view,
        "answer": answer,
        "fresh": fresh,
        "zone": view.settings.time_zone,
        "presets": PRESETS,
    }


def _setting(view: View, answer: Answer) -> Setting:
    language = current_language()
    return Setting(
        currency=view.settings.reporting_currency,
        language=language,
        as_of=formats.day_and_clock(view.now, view.settings.time_zone, language=language),
        compared_with=answer.compared_with,
    )


def _tiles(view: View, answer: Answer, keys: Sequence[str]) -> list[Tile]:
    setting = _setting(view, answer)
    values = answer.total.values
    target = None
    if all(key in values for key in TARGET_KEYS):
        attainment, pace = (values[key].value for key in TARGET_KEYS)
        target = Target(attainment=attainment, pace=pace)
    lines = _lines(view, [METRICS[key] for key in keys])
    return [
        metric_tile(
            Reading(
                metric=METRICS[key],
                value=values[key].value,
                previous=values[key].previous,
                difference=values[key].difference,
                change=values[key].change,
                series=lines.get(key, ()),
                rows_url=_rows_url(view, key),
            ),
            setting,
            target=target if key in {"revenue", "target_attainment"} else None,
        )
        for key in keys
    ]


def _lines(view: View, metrics: Sequence[Metric]) -> dict[str, list[Decimal | None]]:
    """Return the course of each metric over the pieces of the period that can be compared."""
    # Twelve months move little within a period, and counting them for each piece is slow.
    drawn = [metric for metric in metrics if not _looks_back(metric)]
    if not drawn:
        return {}
    grain = view.grain(drawn[0])
    answer = view.answer([metric.key for metric in drawn], series=grain)
    points = [point for point in answer.total.series if _is_whole(point.period, grain, view)]
    return {metric.key: [point.values[metric.key].value for point in points] for metric in drawn}


def _looks_back(metric: Metric) -> bool:
    return any(measure.window in _YEARS for measure in metric.measures())


def _is_whole(piece: Period, grain: Grain, view: View) -> bool:
    """Whether a piece can be compared with its neighbours: a part of a week looks like a fall."""
    is_over = piece.end <= view.today + dt.timedelta(days=1)
    has_all_days = {Grain.WEEK: piece.length_days == 7, Grain.MONTH: piece.whole_months == 1}
    return is_over and has_all_days.get(grain, True)


def _rows_url(view: View, key: str) -> str:
    if key not in _ROWS:
        return ""
    return url_for("visits_pages.index", **view.arguments() | _ROWS[key])


def _chart(view: View, metric: Metric) -> dict[str, Any]:
    """Return where the chart finds its numbers, and the same as a table."""
    grain = view.grain(metric)
    answer = view.answer([metric.key], series=grain)
    language, currency = current_language(), view.settings.reporting_currency

    def address(period: Period) -> str:
        days: dict[str, Any] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
        return url_for(
            "metrics.get_values",
            metrics=metric.key,
            series=grain.value,
            team=view.team_id or None,
            rep=view.rep_id or None,
            lang=language,
            **days,
        )

    return {
        "metric": metric,
        "now": address(answer.period),
        "before": address(answer.compared_with),
        "points": [
            (
                formats.days(point.period.start, point.period.end, language=language),
                full(point.values[metric.key].value, metric.unit, currency, language=language),
            )
            for point in answer.total.series
        ],
    }


def _table(view: View, keys: Sequence[str], *, default_sort: str) -> Table:
    answer = view.answer(judging_keys(keys), by=By.REP)
    return metric_table(
        answer.groups,
        answer.total,
        keys,
        label=gettext("Rep"),
        sort=request.args.get("sort", default_sort),
        address=lambda rep_id: url_for(
            request.endpoint or "", **view.arguments() | {"rep": rep_id}
        ),
        currency=view.settings.reporting_currency,
        language=current_language(),
        with_heat="heat" in request.args,
    )


def _missing(keys: Sequence[str], shown: Sequence[str]) -> list[str]:
    return [key for key in keys if key not in shown]


def _plain(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
