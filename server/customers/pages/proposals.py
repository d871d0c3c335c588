"""The queue of proposed points: a manager approves or refuses each; none sets itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers import operations
from server.customers.queries.proposals import (
    ProposalFilter,
    ProposalRow,
    each_proposal,
    list_proposals,
)
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.organisation import organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.schemas import rep_choice
from server.web.components import Choice, Pages, read_page
from server.web.contributions import contributions
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.typed import typed_text
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("proposals_pages", __name__, template_folder="../templates")

DECIDERS = (Role.MANAGER, Role.ADMIN)
NAVIGATION = (
    Entry(
        endpoint="proposals_pages.index",
        label=N_("Proposed points"),
        icon="map-marker-question-outline",
        position=28,
        roles=frozenset(DECIDERS),
    ),
)
PAGE_SIZE = 20
_LONGEST_REASON = 500
_BEFORE = "proposal_before"


@blueprint.get("/customers/proposals")
@signed_in(*DECIDERS)
def index() -> ResponseReturnValue:
    """List what waits for a decision, or what was decided."""
    return _page()


@blueprint.post("/customers/proposals/<uuid:proposal_id>")
@signed_in(*DECIDERS)
def decide(proposal_id: UUID) -> ResponseReturnValue:
    """Approve or refuse a point."""
    approve = request.form.get("decision") == "approve"
    try:
        with transaction():
            before = operations.decide_location(
                access=current_access(),
                proposal_id=str(proposal_id),
                approve=approve,
                reason=typed_text("reason", most=_LONGEST_REASON),
                at=utc_now(),
                base=request.form.get("base", ""),
            )
    except operations.UnknownCustomerError as error:
        raise NotFoundError from error
    except ProblemError as problem:
        typed = {str(proposal_id): request.form.get("reason", "")}
        return _page(problem=gettext(problem.title), typed=typed), problem.status
    done = gettext("The point was refused.")
    if approve:
        kept = gettext("Past check-ins keep their verdict; they are judged again from its page.")
        done = " ".join((gettext("The point was approved."), kept))
    # Signed, unlike a field of the form: nobody makes up a point that was never there.
    session[_BEFORE] = {"proposal": str(proposal_id), "point": before}
    tell(Notice(text=done, undo_url=url_for("proposals_pages.reopen", proposal_id=proposal_id)))
    return redirect(url_for("proposals_pages.index"))


@blueprint.get(f"/customers/proposals.{ROUTE}")
@signed_in(*DECIDERS)
def export(kind: str) -> ResponseReturnValue:
    """Download the points that wait for a decision, or those that were decided."""
    header = [
        gettext("Customer"),
        gettext("Rep"),
        gettext("Proposed (UTC)"),
        gettext("Latitude"),
        gettext("Longitude"),
        gettext("Accuracy (m)"),
        gettext("From the point it has (m)"),
        gettext("Approved"),
        gettext("Reason"),
    ]
    rows = (
        [
            row.customer_name,
            row.rep_name,
            row.proposed_at.isoformat(),
            row.latitude,
            row.longitude,
            row.accuracy_m,
            None if row.moves_m is None else round(row.moves_m),
            "" if row.approved is None else gettext("yes") if row.approved else gettext("no"),
            row.decision_reason,
        ]
        for row in each_proposal(access=current_access(), where=_where())
    )
    return download(f"tapak-proposed-points-{business_today()}", header, rows, kind=kind)


@blueprint.post("/customers/proposals/<uuid:proposal_id>/reopening")
@signed_in(*DECIDERS)
def reopen(proposal_id: UUID) -> ResponseReturnValue:
    """Take the decision of a moment ago back."""
    known = session.pop(_BEFORE, {})
    if known.get("proposal") != str(proposal_id):
        raise NotFoundError
    latitude, longitude = known["point"]
    try:
        with transaction():
            operations.take_back_decision(
                access=current_access(),
                proposal_id=str(proposal_id),
                before=(latitude, longitude),
                at=utc_now(),
            )
    except operations.UnknownCustomerError as error:
        raise NotFoundError from error
    except ProblemError as problem:
        return _page(problem=gettext(problem.title)), problem.status
    tell(Notice(text=gettext("The point waits for a decision again.")))
    return redirect(url_for("proposals_pages.index"))


def _page(*, problem: str = "", typed: dict[str, str] | None = None) -> str:
    access, where = current_access(), _where()
    found = list_proposals(
        access=access,
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    settings = current_settings()
    default_radius_m = organisation().geofence_radius_m
    return render_template(
        "customers/proposals.html",
        proposals=[(row, _map(row, default_radius_m)) for row in found.rows],
        photos=_photos(found.rows),
        pages=Pages.of(found),
        choices=_choices(access, where),
        is_narrowed=where != ProposalFilter(),
        problem=problem,
        typed=typed or {},
        zone=settings.time_zone,
        tiles=current_app.config["MAP_TILES_URL"],
    )


def _where() -> ProposalFilter:
    decided = request.args.get("state", "") == "decided"
    return ProposalFilter(decided=decided, rep_id=read_id(request.args, "rep"))


def _choices(access: Access, where: ProposalFilter) -> list[Choice]:
    """Return the filters; the points are cards without headings, so their order is one of them."""
    usual = gettext("Decided last first") if where.decided else gettext("Longest waiting first")
    return [
        choice(
            "state",
            gettext("State"),
            {"decided": gettext("Decided")},
            arguments=request.args,
            everything=gettext("Waiting"),
        ),
        rep_choice(access=access, day=business_today(), arguments=request.args),
        choice(
            "sort",
            gettext("Sort by"),
            {
                "-proposed_at": gettext("Proposed last first"),
                "customer_name": gettext("Customer"),
                "rep_name": gettext("Rep"),
            },
            arguments=request.args,
            everything=usual,
        ),
    ]


def _photos(rows: Sequence[ProposalRow]) -> dict[str, list[dict[str, str]]]:
    """Return the pictures that go with proposals.

    The slot `proposal.photos` is called with `proposals` and returns `url`, `thumbnail` and `label`
    of pictures by the id of a proposal.
    """
    photos: dict[str, list[dict[str, str]]] = {row.id: [] for row in rows}
    for found in contributions("proposal.photos", proposals=rows):
        photos |= found
    return photos


def _map(row: ProposalRow, default_radius_m: int) -> dict[str, Any]:
    """Return what the map of a proposal draws: the point with its accuracy, and the old one."""
    fence = None
    if row.customer_latitude is not None:
        fence = {
            "at": [row.customer_latitude, row.customer_longitude],
            "radius_m": row.radius_m or default_radius_m,
        }
    return {
        "customer": row.customer_name,
        "fence": fence,
        "track": [],
        "others": [],
        "events": [
            {
                "kind": "check_in",
                "label": gettext("Proposed point"),
                "at": [row.latitude, row.longitude],
                "accuracy_m": row.accuracy_m,
            }
        ],
    }
