"""Data quality for programs: what is wrong with the rows behind the numbers."""

from typing import Any

from flask_babel import gettext
from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.paging import Page
from server.quality.queries import findings as queries
from server.quality.schemas import (
    FindingSchema,
    QualityPageSchema,
    QualityQuerySchema,
    QualityRowsQuerySchema,
)
from shared.time import Period

blueprint = Blueprint(
    "quality",
    __name__,
    url_prefix="/api/v1/quality",
    description="Rows that make a number wrong, late or missing.",
)


@blueprint.get("")
@signed_in()
@blueprint.arguments(QualityQuerySchema, location="query")
@blueprint.response(200, FindingSchema(many=True))
def list_findings(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every check with the number of rows it found."""
    found = queries.list_findings(
        access=current_access(), period=Period(query["start"], query["end"]), today=business_today()
    )
    return [
        {
            "key": finding.check.key,
            "kind": finding.check.kind,
            "name": gettext(finding.check.name),
            "effect": gettext(finding.check.effect),
            "rows": finding.rows,
        }
        for finding in found
    ]


@blueprint.get("/<key>")
@signed_in()
@blueprint.arguments(QualityRowsQuerySchema, location="query")
@blueprint.response(200, QualityPageSchema)
def list_rows(query: dict[str, Any], key: str) -> Page[Any]:
    """Return a page of the rows that a check found."""
    return queries.list_rows(
        access=current_access(),
        key=key,
        period=Period(query["start"], query["end"]),
        today=business_today(),
        page=query["page"],
        size=query["size"],
    )
