"""The pipeline: open deals on a board, how far leads come, what is forecast; and the list.

The slot `pipeline` is open to higher features: it is called with `team_id`, `rep_id` and the
`chosen` period (`server.web.periods.PeriodChoice`) and returns HTML.
"""

import datetime as dt

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.deals.pages.view import TONES, read_view
from server.deals.queries import deals as queries
from server.deals.queries import funnel
from server.deals.queries import pipeline as reading
from server.deals.queries.deals import DealFilter, DealRow
from server.deals.queries.reasons import lost_reasons
from server.platform import paging
from server.platform.auth import current_access, signed_in
from server.web import formats
from server.web.components import Column, Pages, read_page
from server.web.contributions import Contributor, contributions
from server.web.downloads import ROUTE, download
from server.web.filters import read_id
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.periods import PRESETS, PeriodChoice, read_period
from server.web.search import MOST_COUNTED, MOST_HITS, Hit, SearchGroup
from server.web.words import shown
from shared.i18n import N_
from shared.money import to_major
from shared.time import add_months
from shared.vocabulary import StageKind

blueprint = Blueprint("pipeline_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="pipeline_pages.pipeline",
        label=N_("Pipeline"),
        icon="view-column-outline",
        position=30,
        key="p",
        features=("pipeline_pages", "deal_pages", "deal_form_pages"),
    ),
)
CARDS = 20
PAGE_SIZE = 50
_FIRST_LOOK = "year"


@blueprint.get("/pipeline")
@signed_in()
def pipeline() -> ResponseReturnValue:
    """Show the board, the funnel and the forecast."""
    view = read_view()
    chosen = _leads_of(view.today)
    board = reading.board(access=view.access, where=view.where, today=view.today, cards=CARDS)
    return render_template(
        "deals/pipeline.html",
        view=view,
        chosen=chosen,
        presets=PRESETS,
        loads=board.stages,
        ends=[stage for stage in view.stages if stage.kind.is_closed],
        tones=TONES,
        steps=funnel.funnel(
            access=view.access, where=view.where, leads_of=chosen.period, today=view.today
        ),
        forecast=board.forecast,
        most=max(part.amount_minor for part in board.forecast),
        reasons=lost_reasons(access=view.access),
        numbers=contributions(
            "pipeline",
            team_id=read_id(request.args, "team"),
            rep_id=read_id(request.args, "rep"),
            chosen=chosen,
        ),
    )


@blueprint.get(f"/pipeline.{ROUTE}")
@signed_in()
def export_funnel(kind: str) -> ResponseReturnValue:
    """Download how far leads came, and what stands in each stage."""
    view = read_view()
    chosen = _leads_of(view.today)
    header = [
        gettext("Stage"),
        gettext("Came this far"),
        gettext("Of the step before (%)"),
        gettext("Days there"),
        gettext("Open deals"),
        gettext("Amount in %(currency)s", currency=view.currency),
        gettext("Weighted in %(currency)s", currency=view.currency),
    ]
    steps = funnel.funnel_with_loads(
        access=view.access, where=view.where, leads_of=chosen.period, today=view.today
    )
    rows = (
        [
            gettext(step.stage.name),
            step.reached,
            None if step.conversion is None else step.conversion * 100,
            step.days,
            load.deals if load else 0,
            to_major(load.amount_minor if load else 0, view.currency),
            to_major(load.weighted_minor if load else 0, view.currency),
        ]
        for step, load in steps
    )
    name = f"tapak-funnel-{chosen.period.start}-{chosen.last_day}"
    return download(name, header, rows, kind=kind)


@blueprint.get("/deals")
@signed_in()
def index() -> ResponseReturnValue:
    """List deals."""
    view = read_view(with_stage=True)
    sort = request.args.get("sort", queries.LATEST_CHANGE)
    found = queries.list_deals(
        access=view.access,
        where=view.where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=sort,
        most_counted=paging.MOST_COUNTED,
    )
    return render_template(
        "deals/index.html",
        view=view,
        deals=found.rows,
        stages={stage.key: stage for stage in view.stages},
        tones=TONES,
        pages=Pages.of(found),
        sort=sort,
        columns=(
            Column(label=gettext("Deal"), key="title", is_number=False),
            Column(label=gettext("Customer"), key="customer", is_number=False),
            Column(label=gettext("Rep"), key="rep", is_number=False),
            Column(label=gettext("Stage"), is_number=False),
            Column(label=gettext("Amount"), key="amount"),
            Column(label=gettext("Expected"), key="expected", is_number=False),
            Column(label=gettext("Closed"), key="closed", is_number=False),
        ),
    )


@blueprint.get(f"/deals.{ROUTE}")
@signed_in()
def export(kind: str) -> ResponseReturnValue:
    """Download the whole list, as filtered."""
    view = read_view(with_stage=True)
    names = {stage.key: gettext(stage.name) for stage in view.stages}
    header = [
        gettext("Code"),
        gettext("Deal"),
        gettext("Customer"),
        gettext("Rep"),
        gettext("Source"),
        gettext("Stage"),
        gettext("Amount"),
        gettext("Currency"),
        gettext("Lead"),
        gettext("Opportunity"),
        gettext("Expected"),
        gettext("Closed"),
        gettext("Voided"),
        gettext("Amount in %(currency)s", currency=view.currency),
    ]
    sort = request.args.get("sort", queries.LATEST_CHANGE)
    rows = queries.each_deal(access=view.access, where=view.where, sort=sort)
    name = f"tapak-deals-{view.today}"
    return download(
        name, header, (_export_row(row, names, view.currency) for row in rows), kind=kind
    )


def _leads_of(today: dt.date) -> PeriodChoice:
    """Return whose leads the funnel follows: those of these days."""
    return read_period(
        request.args, today=today, first_day=add_months(today, -36), default=_FIRST_LOOK
    )


def _search(*, text: str) -> SearchGroup:
    found = queries.list_deals(
        access=current_access(),
        where=DealFilter(search=text),
        size=MOST_HITS,
        most_counted=MOST_COUNTED,
    )
    language = current_language()
    return SearchGroup(
        label=gettext("Deals"),
        icon="view-column-outline",
        total=found.total,
        is_more=found.is_more,
        hits=tuple(
            Hit(
                title=deal.title or deal.customer_name or _usual_title(deal),
                text=" · ".join(
                    [
                        formats.money(deal.amount_minor, deal.currency, language=language),
                        deal.owner_name,
                    ]
                ),
                href=url_for("deal_pages.show", deal_id=deal.id),
            )
            for deal in found.rows
        ),
        more_url=url_for("pipeline_pages.index", q=text),
    )


CONTRIBUTIONS: dict[str, Contributor] = {"search": _search}


def _export_row(deal: DealRow, names: dict[str, str], reporting: str) -> list[object]:
    base = deal.base_amount_minor
    return [
        deal.code,
        deal.title or _usual_title(deal),
        deal.customer_name,
        deal.owner_name,
        shown(deal.source),
        names[deal.stage_key],
        to_major(deal.amount_minor, deal.currency),
        deal.currency,
        deal.lead_day,
        deal.opportunity_day,
        deal.expected_close_on,
        deal.closed_day,
        gettext("yes") if deal.voided_at else "",
        None if base is None else to_major(base, reporting),
    ]


def _usual_title(deal: DealRow) -> str:
    return gettext("Order") if deal.kind is StageKind.WON else gettext("Deal")
