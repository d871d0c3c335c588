"""How numbers went over a period: the small lines on tiles, and the chart of one of them."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext

from server.metrics.pages.view import View, looks_back
from server.metrics.queries import Answer
from server.web import formats
from server.web.catalogue import all_metrics
from server.web.languages import current_language
from server.web.quantities import full
from shared.time import Grain, Period


def lines(view: View, answer: Answer, keys: Sequence[str]) -> dict[str, list[Decimal | None]]:
    """Return the course of each metric over the pieces of the period that can be compared."""
    drawn = [key for key in keys if not looks_back(all_metrics()[key])]
    if not drawn:
        return {}
    grain = view.grain(all_metrics()[drawn[0]])
    points = [point for point in answer.total.series if _is_whole(point.period, grain, view)]
    return {key: [point.values[key].value for point in points] for key in drawn}


def _is_whole(piece: Period, grain: Grain, view: View) -> bool:
    """Whether a piece can be compared with its neighbours: a part of a week looks like a fall."""
    is_over = piece.end <= view.today + dt.timedelta(days=1)
    has_all_days = {Grain.WEEK: piece.length_days == 7, Grain.MONTH: piece.whole_months == 1}
    return is_over and has_all_days.get(grain, True)


def chart(view: View, answer: Answer, key: str) -> dict[str, Any]:
    """Return where the chart finds its numbers, and the same as a table."""
    metric = all_metrics()[key]
    grain = view.grain(metric)
    if looks_back(metric):  # its course was left out of that of the tiles
        answer = view.answer([key], series=grain)
    language, currency = current_language(), view.settings.reporting_currency

    def address(period: Period) -> str:
        days: dict[str, Any] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
        days["class"] = view.customer_class or None
        return url_for(
            "metrics.get_values",
            metrics=metric.key,
            series=grain.value,
            team=view.team_id or None,
            rep=view.rep_id or None,
            source=view.source or None,
            lang=language,
            **days,
        )

    return {
        "name": gettext(metric.name),
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
