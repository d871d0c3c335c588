"""Pages of signals: the review queue, one signal with answer and decision, a card on a visit."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import ColumnElement

from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.transaction import transaction
from server.platform.versioned import fingerprint
from server.signals import queries
from server.signals.operations import ask, review
from server.signals.queries import SignalFilter, SignalRow
from server.signals.schemas import MOST_AT_ONCE, sentence_of
from server.teams.schemas import rep_choice
from server.web import formats
from server.web.components import Choice, Pages, read_page, sortable_columns
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.forms import take_back, undoable
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.typed import TextTooLongError, typed_text
from shared.i18n import N_
from shared.schemas.task import LONGEST_TITLE
from shared.signals import DECISIONS, LONGEST_TEXT, RULES, Decision, Rule
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("signals_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="signals_pages.index",
        label=N_("Signals"),
        icon="file-search-outline",
        position=26,
        key="s",
    ),
)
PAGE_SIZE = 50
_ASK = "ask"
_ANY, _WAITING = "any", "waiting"
_STATES: dict[str, bool | None] = {"": False, "decided": True, "all": None}


@blueprint.get("/signals")
@signed_in()
def index() -> ResponseReturnValue:
    """List the signals that wait for a decision, or those decided."""
    return _list()


def _list(problem: str = "") -> str:
    access = current_access()
    found = queries.list_signals(
        access=access,
        where=_where(),
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    return render_template(
        "signals/index.html",
        signals=found.rows,
        pages=Pages.of(found),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "rule": gettext("Signal"),
                "rep_name": gettext("Rep"),
                "SEEN": gettext("What was seen"),
                "decision": gettext("State"),
            },
        ),
        choices=_choices(access),
        arguments=_arguments(),
        open_ids=_open_ids(access, found.rows),
        longest=LONGEST_TEXT,
        base=lambda signal: fingerprint(signal.answer),
        chosen=_seen(),
        problem=problem,
        **_words(),
    )


@blueprint.get(f"/signals.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return the whole filtered list as a file."""
    header = [
        gettext("Day"),
        gettext("Rep"),
        gettext("Customer"),
        gettext("Signal"),
        gettext("What was seen"),
        gettext("The rep's answer"),
        gettext("Decision"),
        gettext("Reason"),
        gettext("Decided by"),
    ]
    rows = (
        [
            row.day,
            row.rep_name,
            row.customer_name,
            gettext(RULES[row.rule].name),
            sentence_of(row),
            row.answer,
            gettext(DECISIONS[row.decision]) if row.decision else "",
            row.reason,
            row.decider_name,
        ]
        for row in queries.each_signal(access=current_access(), where=_where())
    )
    return download("signals", header, rows, kind=kind)


@blueprint.get("/signals/<uuid:signal_id>")
@signed_in()
def show(signal_id: UUID) -> ResponseReturnValue:
    """Show one signal; managers and the rep see the same page."""
    return _page(signal_id)


def _page(signal_id: UUID, problem: str = "") -> str:
    access = current_access()
    signal = queries.get_signal(access=access, signal_id=str(signal_id))
    is_own = signal.rep_id == access.user_id
    decides = access.role is not Role.REP and not is_own
    return render_template(
        "signals/show.html",
        signal=signal,
        can_answer=is_own and signal.answered_at is None,
        can_decide=decides and signal.decided_at is None,
        can_reopen=decides and signal.decided_at is not None,
        longest=LONGEST_TEXT,
        base=fingerprint(signal.answer),
        typed=request.form,
        problem=problem,
        **_words(),
    )


@blueprint.post("/signals/<uuid:signal_id>/answer")
@signed_in()
def answer(signal_id: UUID) -> ResponseReturnValue:
    """Keep the rep's one answer."""
    try:
        if text := typed_text("answer", most=LONGEST_TEXT):
            with transaction():
                review.answer(
                    access=current_access(), signal_id=str(signal_id), text=text, at=utc_now()
                )
    except (review.AlreadyAnsweredError, TextTooLongError) as problem:
        return _page(signal_id, gettext(problem.title)), problem.status
    return redirect(url_for("signals_pages.show", signal_id=signal_id))


@blueprint.post("/signals/<uuid:signal_id>/decision")
@signed_in(Role.MANAGER, Role.ADMIN)
def decide(signal_id: UUID) -> ResponseReturnValue:
    """Keep a manager's decision; without a reason there is none."""
    seen = {str(signal_id): request.form.get("base", "")}
    refused = _decide(seen, url_for(".undo", signal=signal_id))
    if refused:
        return _page(signal_id, refused[0]), refused[1]
    return redirect(url_for(".show", signal_id=signal_id))


@blueprint.post("/signals/decisions")
@signed_in(Role.MANAGER, Role.ADMIN)
def decide_many() -> ResponseReturnValue:
    """Keep one decision about the chosen signals: about all of them, or none."""
    seen = _seen()
    if not 0 < len(seen) <= MOST_AT_ONCE:
        return _list(gettext("Choose the signals first.")), 422
    refused = _decide(seen, url_for(".undo", **_arguments()))
    if refused:
        return _list(refused[0]), refused[1]
    return redirect(url_for(".index", **_arguments()))


def _seen() -> dict[str, str]:
    """Return the signals that were chosen, with the answer that was read, as `id.fingerprint`."""
    pairs = (text.partition(".") for text in request.form.getlist("signal"))
    return {key: base for text, _, base in pairs if (key := read_id({"id": text}, "id"))}


def _decide(seen: dict[str, str], undo_url: str) -> tuple[str, int] | None:
    """Decide and tell so; return why not, and the status."""
    decision, at = request.form.get("decision", ""), utc_now()
    try:
        reason = typed_text("reason", most=LONGEST_TEXT)
        if not reason or decision not in {*Decision, _ASK}:
            return gettext("Nothing was decided: write a reason, the rep reads it."), 422
        if decision == _ASK:
            _ask(list(seen), reason)
            return None
        with transaction():
            review.decide(
                access=current_access(),
                signal_ids=seen.keys(),
                decision=Decision(decision),
                reason=reason,
                at=at,
                seen=seen,
            )
    except ProblemError as problem:
        if problem.status == NotFoundError.status:
            raise
        return gettext(problem.title), problem.status
    told = ngettext(
        "Decided. The rep reads it after the next sync.",
        "%(num)s signals are decided. Each rep reads it after the next sync.",
        len(seen),
    )
    tell(undoable(told, undo_url, at=at))
    return None


def _ask(signal_ids: list[str], question: str) -> None:
    access = current_access()
    titles = {
        signal.id: gettext(
            "Question about %(day)s: %(signal)s",
            day=formats.short_day(signal.day, language=current_language()),
            signal=gettext(RULES[signal.rule].name),
        )[:LONGEST_TITLE]
        for signal in queries.list_signals(
            access=access, where=SignalFilter(ids=frozenset(signal_ids)), size=MOST_AT_ONCE
        ).rows
    }
    if len(titles) < len(signal_ids):
        raise NotFoundError
    with transaction():
        ask.ask(access=access, titles=titles, question=question, at=utc_now(), day=business_today())
    told = ngettext(
        "Asked. The rep finds the question among the tasks after the next sync.",
        "%(num)s questions are asked. Each rep finds it among the tasks after the next sync.",
        len(titles),
    )
    tell(Notice(text=told))


@blueprint.post("/signals/undo")
@signed_in(Role.MANAGER, Role.ADMIN)
def undo() -> ResponseReturnValue:
    """Take back a decision, or the taking back of one."""
    take_back(
        partial(review.undo, access=current_access()),
        told=N_("What you did last is undone."),
        at=utc_now(),
    )
    signal_id = read_id(request.args, "signal")
    if signal_id:
        return redirect(url_for(".show", signal_id=signal_id))
    return redirect(url_for(".index", **_arguments()))


@blueprint.post("/signals/<uuid:signal_id>/reopening")
@signed_in(Role.MANAGER, Role.ADMIN)
def reopen(signal_id: UUID) -> ResponseReturnValue:
    """Take a decision back, whoever made it and whenever."""
    at = utc_now()
    with transaction():
        review.reopen(access=current_access(), signal_ids=[str(signal_id)], at=at)
    told = gettext("The signal waits for a decision again.")
    tell(undoable(told, url_for(".undo", signal=signal_id), at=at))
    return redirect(url_for(".show", signal_id=signal_id))


def _open_ids(access: Access, signals: Iterable[SignalRow]) -> set[str]:
    """Return those that the reader may decide about."""
    if access.role is Role.REP:
        return set()
    return {
        signal.id
        for signal in signals
        if signal.decided_at is None and signal.rep_id != access.user_id
    }


def _where() -> SignalFilter:
    rule = request.args.get("rule", "")
    return SignalFilter(
        decided=_STATES.get(request.args.get("state", ""), False),
        rule=Rule(rule) if rule in set(Rule) else None,
        rep_id=read_id(request.args, "rep") or None,
    )


def _choices(access: Access) -> tuple[Choice, ...]:
    states = {"decided": gettext("Decided"), "all": gettext("All")}
    rules = {str(rule): gettext(text.name) for rule, text in RULES.items()}
    given = request.args
    return (
        choice("state", gettext("State"), states, arguments=given, everything=gettext("Waiting")),
        rep_choice(access=access, day=business_today(), arguments=given),
        choice("rule", gettext("Signal"), rules, arguments=given, everything=gettext("All")),
    )


def _arguments() -> dict[str, Any]:
    """Return the filters in force, to come back to the same list."""
    names = ("state", "rep", "rule", "page", "sort")
    return {name: request.args[name] for name in names if name in request.args}


def _card_of_visit(*, visit_id: str) -> str | None:
    signals = queries.signals_of_visit(access=current_access(), visit_id=visit_id)
    if not signals:
        return None
    return render_template("signals/visit.html", signals=signals, **_words())


def _filter_of_visits(*, arguments: Mapping[str, str]) -> tuple[Choice, ColumnElement[bool] | None]:
    """Return the filter of visits by their signals, and its condition."""
    rules = {str(rule): gettext(text.name) for rule, text in RULES.items()}
    shown = choice(
        "signal",
        gettext("Signal"),
        {_ANY: gettext("Any signal"), _WAITING: gettext("Waiting for a decision"), **rules},
        arguments=arguments,
        everything=gettext("All"),
    )
    wanted = shown.chosen.value if shown.chosen else ""
    if not wanted:
        return shown, None
    where = SignalFilter(
        decided=False if wanted == _WAITING else None,
        rule=Rule(wanted) if wanted in rules else None,
    )
    return shown, queries.is_about_visit(access=current_access(), where=where)


def _words() -> dict[str, Any]:
    return {"rules": RULES, "decisions": DECISIONS, "sentence": sentence_of}


def _own_records() -> dict[str, list[dict[str, Any]]]:
    """Return the signals about the caller's days, in words, with answer and decision."""
    own = queries.signals_about(access=current_access())
    return {
        "signals": [
            {
                **asdict(signal),
                "name": gettext(RULES[signal.rule].name),
                "sentence": sentence_of(signal),
                "honest_causes": gettext(RULES[signal.rule].causes),
            }
            for signal in own
        ]
    }


CONTRIBUTIONS: dict[str, Contributor] = {
    "visit": _card_of_visit,
    "visit.filter": _filter_of_visits,
    "own_records": _own_records,
}
