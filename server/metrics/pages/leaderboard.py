"""The reps ranked by how they stand to their targets, or to their own past."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics.pages.view import View, common, read_view
from server.metrics.queries import Group, Standing
from server.metrics.sql.reach import By
from server.platform.auth import signed_in
from server.web import formats
from server.web.catalogue import all_metrics, description_of
from server.web.components import Cell, Choice, Column, Pages, Table, known_first, read_page
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.quantities import full, short_of
from shared.i18n import N_
from shared.metrics.kpis.targets import GOALS, Goal

blueprint = Blueprint("leaderboard_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="leaderboard_pages.index",
        label=N_("Leaderboard"),
        icon="trophy-outline",
        position=14,
        key="r",
    ),
)
PAGE_SIZE = 50
RANKED_BY = (
    "revenue",
    "won_deals",
    "calls",
    "productive_calls",
    "strike_rate",
    "average_purchase_value",
)


@blueprint.get("/leaderboard")
@signed_in()
def index() -> ResponseReturnValue:
    """Rank the reps by attainment or improvement, not only by totals."""
    view = read_view()
    ranking = _ranking(view)
    key, metric = ranking.key, all_metrics()[ranking.key]
    language, currency = current_language(), view.settings.reporting_currency
    columns = (
        Column(label=gettext("Rep"), key="name", is_number=False),
        Column(
            label=gettext("Attainment"),
            key="attainment",
            hint=gettext(
                "Part of the own target: %(number)s", number=gettext(ranking.goal.metric.name)
            ),
        ),
        Column(
            label=gettext("Improvement"), key="improvement", hint=gettext("Against the own past")
        ),
        Column(label=gettext(metric.name), key="value", hint=description_of(metric)),
    )
    pages = Pages.at(read_page(request.args.get("page")), size=PAGE_SIZE, total=len(ranking.reps))
    rows: list[tuple[Cell, ...]] = []
    for group in ranking.compared(pages):
        compared, attained = group.values[key], ranking.attained(group)
        rows.append(
            (
                Cell(text=group.name),
                Cell(text=formats.percent(attained, 0, language=language)),
                Cell(
                    text=_signed(compared.change, language),
                    tone="" if not compared.change else "good" if compared.change > 0 else "bad",
                ),
                Cell(
                    text=short_of(metric, compared.value.value, currency, language=language),
                    full=full(compared.value.value, metric.unit, currency, language=language),
                    href=view.rows_url(key, rep_id=group.id or ""),
                ),
            )
        )
    return render_template(
        "metrics/leaderboard.html",
        **common(view, view.answer(ranking.asked)),
        ranked_by=ranking.chosen,
        arguments=view.arguments() | {"by": key, "sort": ranking.sort},
        table=Table(columns=columns, rows=tuple(rows), sort=ranking.sort, pages=pages),
    )


@blueprint.get(f"/leaderboard.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return all reps in their order as a file."""
    view = read_view()
    ranking = _ranking(view)
    header = [
        gettext("Rep"),
        gettext("Attainment"),
        gettext("Improvement"),
        gettext(all_metrics()[ranking.key].name),
    ]
    rows = (
        [
            group.name,
            ranking.attained(group),
            group.values[ranking.key].change,
            group.values[ranking.key].value.value,
        ]
        for group in ranking.compared()
    )
    name = f"tapak-leaderboard-{view.chosen.period.start}-{view.chosen.last_day}"
    return download(name, header, rows, kind=kind)


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The reps in the order that the address asks for."""

    view: View
    chosen: Choice
    key: str
    """The number they are ranked by."""
    goal: Goal
    reps: Sequence[Group | Standing]
    sort: str

    @property
    def asked(self) -> list[str]:
        """Return the metrics that are shown."""
        return [self.key, self.goal.attainment.key]

    def compared(self, pages: Pages | None = None) -> list[Group]:
        """Return all reps, or those of a page, with their past."""
        reps = self.reps if pages is None else self.reps[pages.offset : pages.last]
        ids = None if pages is None else [str(each.id) for each in reps]
        found = {each.id: each for each in self.view.groups(self.asked, by=By.REP, rep_ids=ids)}
        return [found[each.id] for each in reps]

    def attained(self, group: Group | Standing) -> Decimal | None:
        """Return which part of the own target a rep has reached."""
        return group.values[self.goal.attainment.key].value.value


def _ranking(view: View) -> Ranking:
    chosen = choice(
        "by",
        gettext("Number"),
        {key: gettext(all_metrics()[key].name) for key in RANKED_BY},
        arguments=request.args,
    )
    key = chosen.chosen.value if chosen.chosen else RANKED_BY[0]
    goal = GOALS.get(key, GOALS[RANKED_BY[0]])
    attainment = goal.attainment.key
    values: dict[str, Callable[[Any], Any]] = {
        "name": lambda rep: rep.name.casefold(),
        "attainment": lambda rep: rep.values[attainment].value.value,
        "improvement": lambda rep: rep.values[key].change,
        "value": lambda rep: rep.values[key].value.value,
    }
    sort = request.args.get("sort", "")
    sort = sort if sort.removeprefix("-") in values else "-attainment"
    by, asked = sort.removeprefix("-"), [key, attainment]
    reps: Sequence[Group | Standing]
    if view.is_sliced or by == "improvement":
        reps = view.groups(asked, by=By.REP)
    else:
        # The past is told of those on the page alone.
        reps = view.standings([key] if by == "value" else [attainment], among=asked)
    in_order: list[Group | Standing] = known_first(
        reps, values[by], is_descending=sort.startswith("-")
    )
    return Ranking(view=view, chosen=chosen, key=key, goal=goal, reps=in_order, sort=sort)


def _signed(change: Decimal | None, language: str) -> str:
    text = formats.percent(change, 0, language=language)
    return f"+{text}" if change is not None and round(change, 2) > 0 else text
