"""Pages of data quality: every check with its count, and the rows of one, with links.

The slot `quality.refused` is open to higher features: it is called with `period` and returns
`server.web.components.FoundRows` of what they refused, or None.
"""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError
from server.quality.queries import findings as queries
from server.quality.queries.findings import CHECKS
from server.web.components import FoundRows, Pages, read_page
from server.web.contributions import contributions
from server.web.downloads import ROUTE, download
from server.web.links import page_of
from server.web.navigation import Entry
from server.web.periods import PRESETS, PeriodChoice, read_period
from shared.i18n import N_
from shared.time import add_months

blueprint = Blueprint("quality_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="quality_pages.index",
        label=N_("Data quality"),
        icon="clipboard-text-outline",
        position=18,
    ),
)
PAGE_SIZE = 50


@blueprint.get("/quality")
@signed_in()
def index() -> ResponseReturnValue:
    """List the checks, those with findings first."""
    chosen, _ = _chosen()
    return render_template(
        "quality/index.html", chosen=chosen, presets=PRESETS, findings=_findings(chosen)
    )


@blueprint.get(f"/quality.{ROUTE}")
@signed_in()
def export_findings(kind: str) -> ResponseReturnValue:
    """Download what was looked for, and how many rows have it."""
    chosen, _ = _chosen()
    header = [
        gettext("What was looked for"),
        gettext("What it does, and what to do"),
        gettext("Rows"),
    ]
    rows = ([each.name, each.effect, each.rows] for each in _findings(chosen))
    name = f"tapak-quality-{chosen.period.start}-{chosen.last_day}"
    return download(name, header, rows, kind=kind)


@blueprint.get("/quality/<key>")
@signed_in()
def show(key: str) -> ResponseReturnValue:
    """List the rows that one check found."""
    if key not in CHECKS:
        raise NotFoundError
    chosen, today = _chosen()
    found = queries.list_rows(
        access=current_access(),
        key=key,
        period=chosen.period,
        today=today,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
    )
    check = CHECKS[key]
    return render_template(
        "quality/show.html",
        chosen=chosen,
        presets=PRESETS,
        check=check,
        rows=[(row, _address(check.kind, row)) for row in found.rows],
        pages=Pages.of(found),
    )


@blueprint.get(f"/quality/<key>.{ROUTE}")
@signed_in()
def export(key: str, kind: str) -> ResponseReturnValue:
    """Download the rows of a check."""
    chosen, today = _chosen()
    rows = queries.each_row(access=current_access(), key=key, period=chosen.period, today=today)
    header = [gettext("Id"), gettext("Name"), gettext("Code"), gettext("Day"), gettext("Rep")]
    lines = ((row.id, row.label, row.detail, row.day, row.rep_name) for row in rows)
    return download(f"tapak-{key}", header, lines, kind=kind)


def _findings(chosen: PeriodChoice) -> list[FoundRows]:
    """Return what was looked for, first where there is something to do."""
    found = queries.list_findings(
        access=current_access(), period=chosen.period, today=business_today()
    )
    asked: dict[str, Any] = chosen.arguments()
    findings = [
        FoundRows(
            name=gettext(each.check.name),
            effect=gettext(each.check.effect),
            rows=each.rows,
            href=url_for(".show", key=each.check.key, **asked),
        )
        for each in found
    ]
    refused = contributions("quality.refused", period=chosen.period)
    return sorted([*refused, *findings], key=lambda finding: finding.rows == 0)


def _chosen() -> tuple[PeriodChoice, Any]:
    today = business_today()
    chosen = read_period(
        request.args, today=today, first_day=add_months(today, -24), default="quarter"
    )
    return chosen, today


def _address(kind: str, row: Any) -> str:
    if kind == "target":
        return url_for("target_pages.index", month=f"{row.day:%Y-%m}", metric=row.detail)
    return page_of(kind, row.id)
