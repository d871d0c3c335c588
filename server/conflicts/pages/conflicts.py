"""The page of conflicts: what phones sent and was not taken as sent, with both values."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.conflicts import operations, queries
from server.conflicts.pages import values, words
from server.conflicts.pages.values import Names
from server.conflicts.pages.words import OPEN, SOLVED, STATUSES
from server.conflicts.queries import ConflictFilter
from server.conflicts.schemas import RECORDS
from server.deals.queries.pipeline import list_stages
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.schemas import rep_choice
from server.web.components import Choice, FoundRows, Pages, read_page
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.sync.protocol import Status
from shared.time import Period, utc_now

blueprint = Blueprint("conflicts_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(endpoint="conflicts_pages.index", label=N_("Conflicts"), icon="sync-alert", position=27),
)
PAGE_SIZE = 50
_STATES: dict[str, bool | None] = {"": True, "solved": False, "all": None}


@blueprint.get("/conflicts")
@signed_in()
def index() -> ResponseReturnValue:
    """List what was not taken as sent, the newest first; those still open unless asked."""
    found = queries.list_conflicts(
        access=current_access(),
        where=_where(),
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
    )
    return render_template(
        "conflicts/index.html",
        conflicts=found.rows,
        pages=Pages.of(found),
        choices=_choices(),
        search=request.args.get("q", "")[:80],
        names=Names(
            products=queries.product_names(found.rows),
            stages={stage.key: stage.name for stage in list_stages(access=current_access())},
        ),
        currency=current_settings().reporting_currency,
        zone=current_settings().time_zone,
        words=words,
        told=values,
    )


@blueprint.get(f"/conflicts.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return the whole filtered list as a file."""
    header = [
        gettext("Received"),
        gettext("Rep"),
        gettext("Phone"),
        gettext("Record"),
        gettext("Record's id"),
        gettext("What happened"),
        gettext("Why"),
        gettext("The rep wrote"),
        gettext("It was"),
        gettext("State"),
        gettext("Solved by"),
    ]
    settings = current_settings()
    zone, currency = ZoneInfo(settings.time_zone), settings.reporting_currency
    rows = (
        [
            row.received_at.astimezone(zone).isoformat(sep=" ", timespec="seconds")[:19],
            row.rep_name,
            row.device_name,
            words.record_word(row.entity),
            row.record_id,
            gettext(STATUSES[row.status].label),
            words.reason_words(row.code, row.field),
            values.all_values(row, row.mine, currency),
            values.all_values(row, row.theirs, currency),
            gettext((OPEN if row.is_open else SOLVED).label),
            row.solver_name,
        ]
        for row in queries.each_conflict(access=current_access(), where=_where())
    )
    return download("conflicts", header, rows, kind=kind)


@blueprint.post("/conflicts/<uuid:device_id>/<int:sequence>/state")
@signed_in()
def set_state(device_id: UUID, sequence: int) -> ResponseReturnValue:
    """Say that one has been dealt with, or that it has not."""
    access, is_solved = current_access(), request.form.get("state") != "open"
    with transaction():
        if is_solved:
            operations.solve(
                access=access, device_id=str(device_id), sequence=sequence, at=utc_now()
            )
        else:
            operations.open_again(access=access, device_id=str(device_id), sequence=sequence)
    undo_url = url_for("conflicts_pages.set_state", device_id=device_id, sequence=sequence)
    if is_solved:
        tell(
            Notice(
                text=gettext("The conflict is solved."),
                undo_url=undo_url,
                fields={"state": "open"},
            )
        )
    else:
        tell(Notice(text=gettext("The conflict is open again.")))
    return redirect(url_for("conflicts_pages.index"))


def _choices() -> tuple[Choice, ...]:
    return (
        choice(
            "state",
            gettext("State"),
            {"solved": gettext("Solved"), "all": gettext("All")},
            arguments=request.args,
            everything=gettext("Open"),
        ),
        choice(
            "what",
            gettext("What happened"),
            {str(status): gettext(word.label) for status, word in STATUSES.items()},
            arguments=request.args,
            everything=gettext("All"),
        ),
        choice(
            "record",
            gettext("Record"),
            {entity: gettext(label) for entity, label in RECORDS.items()},
            arguments=request.args,
            everything=gettext("All"),
        ),
        rep_choice(access=current_access(), day=business_today(), arguments=request.args),
    )


def _where() -> ConflictFilter:
    what, record = request.args.get("what", ""), request.args.get("record", "")
    return ConflictFilter(
        is_open=_STATES.get(request.args.get("state", ""), True),
        status=Status(what) if what in {str(status) for status in STATUSES} else None,
        entity=record if record in RECORDS else "",
        rep_id=read_id(request.args, "rep") or None,
        search=request.args.get("q", "").replace("\0", "")[:80],
    )


def _refused(*, period: Period) -> FoundRows:
    del period  # they wait, whenever they came
    found = queries.list_conflicts(
        access=current_access(), where=ConflictFilter(is_open=True), size=1
    )
    return FoundRows(
        name=gettext("Records of phones that were not taken as sent"),
        effect=gettext("What they say is in no number. Decide them, or ask the rep to."),
        rows=found.total,
        href=url_for("conflicts_pages.index"),
    )


CONTRIBUTIONS: dict[str, Contributor] = {"quality.refused": _refused}
