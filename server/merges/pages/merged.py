"""The merges that were done: a list to look one up, and to make two customers of it again."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.merges import operations, queries
from server.merges.pages.duplicates import MERGERS
from server.merges.queries import MergeFilter
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.sent_forms import SentBeforeError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web.components import Choice, Pages, read_page, sortable_columns
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.notices import Notice, tell
from shared.time import utc_now

blueprint = Blueprint("merged_pages", __name__, template_folder="../templates")

PAGE_SIZE = 50
_STATES = {"merged": False, "undone": True}


@blueprint.get("/customers/merges")
@signed_in(*MERGERS)
def index() -> ResponseReturnValue:
    """List the merges that were done, narrowed by customer and by whether they stand."""
    return _page()


@blueprint.get(f"/customers/merges.{ROUTE}")
@signed_in(*MERGERS)
def export(kind: str) -> ResponseReturnValue:
    """Download which customers went into which, as filtered."""
    where, _ = _read()
    header = [
        gettext("Is kept"),
        gettext("Code"),
        gettext("Went into it"),
        gettext("Code"),
        gettext("When (UTC)"),
        gettext("By"),
        gettext("Undone (UTC)"),
    ]
    rows = (
        [
            row.survivor_name,
            row.survivor_code,
            row.loser_name,
            row.loser_code,
            row.merged_at.isoformat(),
            row.merged_by,
            row.undone_at.isoformat() if row.undone_at else "",
        ]
        for row in queries.each_merge(access=current_access(), where=where)
    )
    return download(f"tapak-merged-customers-{business_today()}", header, rows, kind=kind)


@blueprint.post("/customers/merges/<uuid:merge_id>/undo")
@signed_in(*MERGERS)
def undo(merge_id: UUID) -> ResponseReturnValue:
    """Make two of them again."""
    try:
        with transaction():
            made = operations.undo(
                access=current_access(),
                merge_id=str(merge_id),
                at=utc_now(),
                day=business_today(),
            )
            loser_id = made.loser_id
    except operations.MergeUndoneError as problem:
        return _page(gettext(problem.title)), problem.status
    except SentBeforeError:
        raise
    except ProblemError as problem:
        raise NotFoundError from problem
    tell(Notice(text=gettext("They are two customers again.")))
    return redirect(url_for("customer_pages.show", customer_id=loser_id))


def _page(problem: str = "") -> str:
    where, state = _read()
    sort = request.args.get("sort", "")
    found = queries.list_merges(
        access=current_access(),
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=sort,
    )
    return render_template(
        "merges/merged.html",
        merges=found.rows,
        pages=Pages.of(found),
        sort=sort,
        columns=sortable_columns(
            {
                "survivor_name": gettext("Is kept"),
                "loser_name": gettext("Went into it"),
                "merged_at": gettext("When"),
                "merged_by": gettext("By"),
            }
        ),
        state=state,
        text=where.text,
        is_narrowed=where != MergeFilter(),
        problem=problem,
        zone=current_settings().time_zone,
    )


def _read() -> tuple[MergeFilter, Choice]:
    state = choice(
        "state",
        gettext("State"),
        {"merged": gettext("Merged"), "undone": gettext("Undone")},
        arguments=request.args,
        everything=gettext("All"),
    )
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:80]
    return MergeFilter(text=text, undone=_STATES.get(request.args.get("state", ""))), state
