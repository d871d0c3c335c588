"""Metrics for programs: what there is, and the values for a period."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint

from server.metrics import queries
from server.metrics.queries import Compared, Group, Point, Question
from server.metrics.rollups import behind
from server.metrics.schemas import (
    CatalogQuerySchema,
    MetricSchema,
    RowsQuerySchema,
    RowsSchema,
    ValuesQuerySchema,
    ValuesSchema,
)
from server.metrics.sql import customer_rows, other_rows
from server.metrics.sql.choices import check_holders
from server.metrics.sql.freshness import freshness
from server.metrics.sql.reach import By
from server.metrics.sql.rows import own_amount
from server.metrics.sql.sliced import dimensions_of
from server.platform.auth import current_access, signed_in
from server.platform.errors import NotFoundError
from server.platform.json import answers
from server.platform.settings import current_settings
from server.teams.queries import team_with_descendants
from server.web.catalogue import all_metrics
from server.web.downloads import CONTENT_TYPES, ROUTE, download
from server.web.languages import current_language
from shared.i18n import Translator, translator
from shared.metrics.definition import NULL_REASONS, Metric, MetricValue
from shared.metrics.formula import Unit, to_text
from shared.metrics.measures import Dimension
from shared.time import Period, add_months, business_day, utc_now

blueprint = Blueprint("metrics", __name__, url_prefix="/api/v1/metrics", description="Metrics.")


def _address(row: Any) -> str | None:
    """Return where to read more of what a row is; None of a customer the caller sees no more."""
    match row.kind:
        case customer_rows.CUSTOMER if not row.shows_customer:
            return None
        case behind.STOP:
            monday = Period.week(row.day).start
            return f"/api/v1/plans/{row.rep_id}/{monday}"
        case behind.DAY:
            return f"/tracks/{row.rep_id}/{row.day}"
        case other_rows.REP:
            return f"/activity?rep={row.id}"
        case other_rows.TARGET:
            metric, end = row.slot.removesuffix("_target"), add_months(row.day, 1)
            return f"/api/v1/metrics/targets?metric={metric}&from={row.day}&to={end}"
    return f"/api/v1/{row.kind}s/{row.id}"


@blueprint.get("")
@signed_in()
@blueprint.arguments(CatalogQuerySchema, location="query")
@blueprint.response(200, MetricSchema(many=True))
def list_metrics(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every metric with its definition."""
    translate = _translator(query)
    return [
        {
            "key": metric.key,
            "name": translate(metric.name),
            "description": translate(metric.description),
            "formula": to_text(metric.formula, translate),
            "family": metric.family,
            "unit": metric.unit,
            "direction": metric.direction,
            "thresholds": metric.thresholds,
            "variant_of": metric.variant_of,
            "known_by": sorted(dimensions_of(metric)),
            "version": metric.version,
        }
        for metric in all_metrics().values()
    ]


@blueprint.get("/values")
@signed_in()
@blueprint.arguments(ValuesQuerySchema, location="query")
@blueprint.response(200, ValuesSchema)
def get_values(query: dict[str, Any]) -> dict[str, Any]:
    """Return the values of metrics, summed over the rows that the caller may see."""
    return _answer(query)


@blueprint.get(f"/values.{ROUTE}")
@signed_in()
@blueprint.arguments(ValuesQuerySchema, location="query")
@blueprint.doc(responses=answers(*CONTENT_TYPES))
def export_values(query: dict[str, Any], kind: str) -> Response:
    """Return the same values as a file: a line for each metric, rep or team, and piece."""
    answer = _answer(query)
    names = {key: _translator(query)(metric.name) for key, metric in all_metrics().items()}
    sums = {"id": "", "name": "", "values": answer["values"], "series": answer["series"]}
    rows = [
        _export_row(answer, group, period, value, names)
        for group in (sums, *answer["groups"])
        for period, values in (
            (answer["elapsed"], group["values"]),
            *((point["period"], point["values"]) for point in group["series"]),
        )
        for value in values
    ]
    header = list(_export_row(answer, sums, answer["period"], answer["values"][0], names))
    start, end = answer["period"].start, answer["period"].end
    lines = [list(row.values()) for row in rows]
    return download(f"metrics-{start}-{end}", header, lines, kind=kind)


def _export_row(
    answer: Mapping[str, Any],
    group: Mapping[str, Any],
    period: Period,
    value: Mapping[str, Any],
    names: Mapping[str, str],
) -> dict[str, object]:
    decimals = ("value", "numerator", "denominator", "previous", "difference", "change")
    return {
        "metric": value["key"],
        "name": names[value["key"]],
        "version": value["version"],
        "unit": value["unit"],
        "currency": answer["currency"] if value["unit"] is Unit.MONEY else "",
        "from": period.start,
        "to": period.end,
        "holder_id": group["id"],
        "holder": group["name"],
        # Numbers, not text: what stands before a negative text is for formulas.
        **{name: value.get(name) for name in decimals},
        "reason": value["reason"] or "",
        "immature": "yes" if value["immature"] else "",
        "capped": "yes" if value["capped"] else "",
        "as_of": answer["as_of"].isoformat(),
        "stale_days": answer["stale_days"],
        "phones_not_synced": answer["phones_not_synced"],
    }


def _answer(query: dict[str, Any]) -> dict[str, Any]:
    settings = current_settings()
    access, now = current_access(), utc_now()
    question = _question(query, metrics=_asked(query), now=now)
    answer = queries.metric_values(access=access, question=question)
    fresh = freshness(
        access=access,
        period=question.period,
        now=now,
        zone=settings.time_zone,
        rep_id=question.rep_id,
        team_ids=question.team_ids,
    )
    translate = _translator(query)
    return {
        "period": answer.period,
        "elapsed": answer.elapsed,
        "compared_with": answer.compared_with,
        "currency": settings.reporting_currency,
        "as_of": now,
        "stale": fresh.stale_days > 0,
        "stale_days": fresh.stale_days,
        "phones_not_synced": fresh.phones_not_synced,
        "phones_not_synced_since": fresh.not_synced_since,
        "values": _values(answer.total.values, translate),
        "series": _series(answer.total.series, translate),
        "groups": [_group(group, translate) for group in answer.groups],
    }


@blueprint.get("/<string:key>/rows")
@signed_in()
@blueprint.arguments(RowsQuerySchema, location="query")
@blueprint.response(200, RowsSchema)
def list_rows(query: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the rows behind a number, and what each adds to it."""
    metric = all_metrics().get(key)
    if metric is None:
        raise NotFoundError
    question = _question(query, metrics=[metric], now=utc_now())
    found = queries.rows_behind(
        access=current_access(),
        question=question,
        part=query["part"],
        page=query["page"],
        size=query["size"],
        sort=query["sort"],
        only_waiting=query["waiting"],
    )
    translate = _translator(query)
    measures = {measure.slot: measure for measure in found.totals}
    return {
        "metric": metric.key,
        "version": metric.version,
        "part": query["part"],
        "currency": question.currency,
        "measures": [
            {
                "slot": slot,
                "name": to_text(measure, translate),
                "unit": measure.unit,
                "period": found.periods[measure],
                "rows": found.rows[measure],
                "total": queries.total_of(found, measure, question.currency),
            }
            for slot, measure in measures.items()
        ],
        "rows": [
            {
                **row._asdict(),
                "href": _address(row),
                "amount": queries.in_unit(
                    row.amount,
                    (measure := measures[row.slot]),
                    question.currency,
                    found.periods[measure],
                ),
                "own_amount": own_amount(row),
            }
            for row in found.page.rows
        ],
        "page": found.page.number,
        "pages": found.page.pages,
        "total": found.page.total,
    }


def _asked(query: dict[str, Any]) -> list[Metric]:
    """Return the metrics asked for; where none is named, all that are known by what is asked."""
    if "metrics" in query:
        return [all_metrics()[key] for key in query["metrics"]]
    by = query.get("by")
    needed = {
        *({Dimension.SOURCE} if "source" in query or by is By.SOURCE else ()),
        *({Dimension.CLASS} if "customer_class" in query or by is By.CLASS else ()),
    }
    return [each for each in all_metrics().values() if needed <= dimensions_of(each)]


def _question(query: dict[str, Any], *, metrics: Sequence[Metric], now: dt.datetime) -> Question:
    """
    Return what a request asks for.

    :raises NotFoundError: if the caller may not see its rep or team
    """
    settings = current_settings()
    rep_id, team_id = _text(query.get("rep")), _text(query.get("team"))
    check_holders(access=current_access(), rep_id=rep_id, team_id=team_id)
    return Question(
        metrics=metrics,
        period=Period(query["start"], query["end"]),
        today=business_day(now, settings.time_zone),
        currency=settings.reporting_currency,
        rep_id=rep_id,
        team_ids=team_with_descendants(team_id) if team_id else None,
        source=query.get("source"),
        customer_class=query.get("customer_class"),
        within_days=query.get("within_days"),
        compare=query["compare"],
        by=query.get("by"),
        series=query.get("series"),
    )


def _group(group: Group, translate: Translator) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "values": _values(group.values, translate),
        "series": _series(group.series, translate),
    }


def _series(series: Iterable[Point], translate: Translator) -> list[dict[str, Any]]:
    return [
        {
            "period": point.period,
            "values": [
                _value(all_metrics()[key], value, translate) for key, value in point.values.items()
            ],
        }
        for point in series
    ]


def _values(values: Mapping[str, Compared], translate: Translator) -> list[dict[str, Any]]:
    return [
        _value(all_metrics()[key], compared.value, translate)
        | {
            "status": all_metrics()[key].status(compared.value),
            "previous": compared.previous.value,
            "difference": compared.difference,
            "change": compared.change,
        }
        for key, compared in values.items()
    ]


def _value(metric: Metric, value: MetricValue, translate: Translator) -> dict[str, Any]:
    return {
        "key": metric.key,
        "unit": metric.unit,
        "version": metric.version,
        "value": value.value,
        "reason": value.reason,
        "reason_text": translate(NULL_REASONS[value.reason]) if value.reason else None,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "immature": value.immature,
        "capped": value.capped,
    }


def _translator(query: dict[str, Any]) -> Translator:
    return translator(query.get("lang") or current_language())


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
