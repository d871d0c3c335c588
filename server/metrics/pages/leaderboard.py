"""The reps ranked by how they stand to their targets, or to their own past."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics.pages.view import common, read_view
from server.metrics.queries import Group
from server.metrics.sql.reach import By
from server.platform.auth import signed_in
from server.web import formats
from server.web.catalogue import all_metrics
from server.web.components import Cell, Column, Pages, Table, known_first, read_page
from server.web.filters import choice
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.quantities import full, short_of
from shared.i18n import N_
from shared.metrics.kpis.targets import GOALS

blueprint = Blueprint("leaderboard_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="leaderboard_pages.index",
        label=N_("Leaderboard"),
        icon="trophy-outline",
        position=14,
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
    metrics = all_metrics()
    chosen = choice(
        "by",
        gettext("Number"),
        {key: gettext(metrics[key].name) for key in RANKED_BY},
        arguments=request.args,
    )
    key = chosen.chosen.value if chosen.chosen else RANKED_BY[0]
    goal = GOALS.get(key, GOALS[RANKED_BY[0]])
    attainment = goal.attainment.key
    answer = view.answer([key, attainment], by=By.REP)
    language, currency = current_language(), view.settings.reporting_currency
    metric = metrics[key]
    columns = (
        Column(label=gettext("Rep"), key="name", is_number=False),
        Column(
            label=gettext("Attainment"),
            key="attainment",
            hint=gettext("Part of the own target: %(number)s", number=gettext(goal.metric.name)),
        ),
        Column(
            label=gettext("Improvement"), key="improvement", hint=gettext("Against the own past")
        ),
        Column(label=gettext(metric.name), key="value", hint=gettext(metric.description)),
    )
    values: dict[str, Callable[[Group], Any]] = {
        "name": lambda group: group.name.casefold(),
        "attainment": lambda group: group.values[attainment].value.value,
        "improvement": lambda group: group.values[key].change,
        "value": lambda group: group.values[key].value.value,
    }
    sort = request.args.get("sort", "")
    sort = sort if sort.lstrip("-") in values else "-attainment"
    pages = Pages.at(read_page(request.args.get("page")), size=PAGE_SIZE, total=len(answer.groups))
    ranked = known_first(
        answer.groups, values[sort.lstrip("-")], is_descending=sort.startswith("-")
    )
    rows: list[tuple[Cell, ...]] = []
    for group in ranked[pages.offset : pages.last]:
        compared, attained = group.values[key], values["attainment"](group)
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
        **common(view, answer),
        ranked_by=chosen,
        table=Table(columns=columns, rows=tuple(rows), sort=sort, pages=pages),
    )


def _signed(change: Decimal | None, language: str) -> str:
    text = formats.percent(change, 0, language=language)
    return f"+{text}" if change is not None and change > 0 else text
