"""The page of expenses: what waits, decisions about many at once, totals by rep and month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.expenses import operations, queries
from server.expenses.queries import ExpenseFilter, ExpenseRow
from server.expenses.schemas import MOST_AT_ONCE
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.paging import PIECE
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from server.teams.schemas import rep_choice
from server.web.components import Pages, read_page, sortable_columns
from server.web.contributions import contributions
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.typed import typed_text
from server.web.words import EXPENSE_KINDS, EXPENSE_STATES
from shared.i18n import N_
from shared.money import to_major
from shared.schemas.expense import LONGEST_NOTE
from shared.time import utc_now
from shared.vocabulary import ExpenseKind, ExpenseState, Role

blueprint = Blueprint("expenses_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(endpoint="expenses_pages.index", label=N_("Expenses"), icon="cash-multiple", position=38),
)
PAGE_SIZE = 50
_MOST_UNDONE = 20
"""More ids do not fit into the cookie that carries a notice."""


@blueprint.get("/expenses")
@signed_in()
def index() -> ResponseReturnValue:
    """List expenses, with the totals of the same filters by rep and month."""
    return _page()


def _page(problem: str = "") -> str:
    access, where = current_access(), _where()
    found = queries.list_expenses(
        access=access,
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    today = business_today()
    choices = (
        choice(
            "state",
            gettext("State"),
            {str(state): gettext(word.label) for state, word in EXPENSE_STATES.items()},
            arguments=request.args,
            everything=gettext("All"),
        ),
        rep_choice(access=access, day=today, arguments=request.args),
        choice(
            "spent_on",
            gettext("Kind"),
            {str(kind): gettext(name) for kind, name in EXPENSE_KINDS.items()},
            arguments=request.args,
            everything=gettext("All"),
        ),
    )
    return render_template(
        "expenses/index.html",
        expenses=found.rows,
        receipts=_receipts(found.rows),
        pages=Pages.of(found),
        totals=queries.month_totals(access=access, where=where),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "rep_name": gettext("Rep"),
                "kind": gettext("Kind"),
                "base_amount_minor": gettext("Amount"),
                "NOTES": gettext("Notes"),
                "RECEIPT": gettext("Receipt"),
                "state": gettext("State"),
            },
            numbers={"base_amount_minor"},
        ),
        choices=choices,
        states=EXPENSE_STATES,
        kinds=EXPENSE_KINDS,
        decides=access.role is not Role.REP,
        user_id=access.user_id,
        longest=LONGEST_NOTE,
        reporting=reporting().currency,
        arguments=_arguments(),
        chosen=_chosen(request.form.getlist("expense")),
        reason=request.form.get("reason", ""),
        problem=problem,
    )


@blueprint.post("/expenses/decisions")
@signed_in(Role.MANAGER, Role.ADMIN)
def decide() -> ResponseReturnValue:
    """Approve or reject the chosen expenses: all of them, or none."""
    seen = _chosen(request.form.getlist("expense"))
    decision = request.form.get("decision", "")
    if not 0 < len(seen) <= MOST_AT_ONCE or decision not in ("approved", "rejected"):
        return _page(gettext("Choose the expenses first.")), 422
    try:
        with transaction():
            operations.decide_expenses(
                access=current_access(),
                expense_ids=seen.keys(),
                decision=ExpenseState(decision),
                reason=typed_text("reason", most=LONGEST_NOTE),
                at=utc_now(),
                seen=seen,
            )
    except NotFoundError:
        raise
    except ProblemError as problem:
        return _page(gettext(problem.title)), problem.status
    words = ngettext("%(num)s expense is decided.", "%(num)s expenses are decided.", len(seen))
    if len(seen) > _MOST_UNDONE:
        how = gettext("Each can be taken back in the list.")  # not found inside a text by Babel
        tell(Notice(text=f"{words} {how}"))
    else:
        undo = url_for("expenses_pages.reopen")
        decided = " ".join(f"{key}.{seen[key] + 1}" for key in sorted(seen))
        tell(Notice(text=words, undo_url=undo, fields={"expense": decided}))
    return redirect(_back())


@blueprint.post("/expenses/reopening")
@signed_in(Role.MANAGER, Role.ADMIN)
def reopen() -> ResponseReturnValue:
    """Take decisions back: all of them, or none."""
    seen = _chosen(request.form.get("expense", "").split())
    try:
        with transaction():
            for expense_id, version in sorted(seen.items())[:_MOST_UNDONE]:
                operations.reopen_expense(
                    access=current_access(), expense_id=expense_id, at=utc_now(), seen=version
                )
    except ProblemError as problem:
        if problem.status == 404:
            raise
        tell(Notice(text=gettext(problem.title), tone="warn"))
    else:
        told = ngettext(
            "The expense waits for a decision again.",
            "%(num)s expenses wait for a decision again.",
            len(seen),
        )
        tell(Notice(text=told))
    return redirect(_back())


@blueprint.get(f"/expenses.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return the whole filtered list as a file."""
    header = [
        gettext("Day"),
        gettext("Rep"),
        gettext("Kind"),
        gettext("Amount"),
        gettext("Currency"),
        gettext("Kilometres"),
        gettext("State"),
        gettext("Notes"),
        gettext("Reason"),
        gettext("Receipts"),
        gettext("Amount in %(currency)s", currency=reporting().currency),
    ]
    return download("expenses", header, _lines(), kind=kind)


def _chosen(texts: Iterable[str]) -> dict[str, int]:
    """Return the versions of expenses by id, of texts `id.version`."""
    pairs = (text.partition(".") for text in texts)
    return {
        key: int(version)
        for given, _, version in pairs
        if (key := read_id({"id": given}, "id")) and version.isdecimal() and len(version) < 16
    }


def _lines() -> Iterator[list[Any]]:
    rows = queries.each_expense(access=current_access(), where=_where())
    while chunk := list(islice(rows, PIECE)):
        receipts = _receipts(chunk)
        for row in chunk:
            yield [
                row.day,
                row.rep_name,
                gettext(EXPENSE_KINDS[row.kind]),
                to_major(row.amount_minor, row.currency),
                row.currency,
                None if row.mileage_m is None else row.mileage_m / 1000,
                gettext(EXPENSE_STATES[row.state].label),
                row.note,
                row.reason,
                " ".join(
                    urljoin(request.url_root, receipt["url"]) if receipt["url"] else receipt["note"]
                    for receipt in receipts.get(row.id, ())
                ),
                None
                if row.base_amount_minor is None
                else to_major(row.base_amount_minor, reporting().currency),
            ]


def _receipts(rows: Iterable[ExpenseRow]) -> dict[str, list[dict[str, Any]]]:
    """Return the receipts by expense.

    The slot `expense.receipts` is called with `expense_ids` and returns by id a list of `url` and
    `thumbnail` (empty where the picture is not here, and `note` says why), `label`,
    `is_on_another` (expense).
    """
    receipts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    ids = {row.id for row in rows}
    for found in contributions("expense.receipts", expense_ids=ids) if ids else ():
        for expense_id, more in found.items():
            receipts[expense_id] += more
    return receipts


def _where() -> ExpenseFilter:
    state, kind = request.args.get("state", ""), request.args.get("spent_on", "")
    return ExpenseFilter(
        state=ExpenseState(state) if state in set(ExpenseState) else None,
        kind=ExpenseKind(kind) if kind in set(ExpenseKind) else None,
        rep_id=read_id(request.args, "rep") or None,
    )


def _arguments() -> dict[str, Any]:
    """Return the filters in force, to come back to the same list."""
    names = ("sort", "state", "rep", "spent_on", "page")
    return {name: request.args[name] for name in names if name in request.args}


def _back() -> str:
    return url_for("expenses_pages.index", **_arguments())
