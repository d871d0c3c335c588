"""Pages of signals: the review queue, one signal with answer and decision, a card on a visit."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.platform.auth import current_access, signed_in
from server.platform.transaction import transaction
from server.signals import queries
from server.signals.operations import review
from server.signals.schemas import sentence_of
from server.web.components import Pages, read_page
from server.web.contributions import Contributor
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.signals import DECISIONS, LONGEST_TEXT, RULES, Decision
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("signals_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="signals_pages.index", label=N_("Signals"), icon="file-search-outline", position=26
    ),
)
PAGE_SIZE = 50
_STATES: dict[str, bool | None] = {"": False, "decided": True, "all": None}


@blueprint.get("/signals")
@signed_in()
def index() -> ResponseReturnValue:
    """List the signals that wait for a decision, or those decided."""
    state = request.args.get("state", "")
    found = queries.list_signals(
        access=current_access(),
        decided=_STATES.get(state, False),
        rep_id=read_id(request.args, "rep") or None,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
    )
    states = choice(
        "state",
        gettext("State"),
        {"decided": gettext("Decided"), "all": gettext("All")},
        arguments=request.args,
        everything=gettext("Waiting"),
    )
    return render_template(
        "signals/index.html",
        signals=found.rows,
        pages=Pages.of(found),
        states=states,
        **_words(),
    )


@blueprint.get("/signals/<uuid:signal_id>")
@signed_in()
def show(signal_id: UUID) -> ResponseReturnValue:
    """Show one signal; managers and the rep see the same page."""
    access = current_access()
    signal = queries.get_signal(access=access, signal_id=str(signal_id))
    is_own = signal.rep_id == access.user_id
    return render_template(
        "signals/show.html",
        signal=signal,
        can_answer=is_own and signal.answered_at is None,
        can_decide=access.role is not Role.REP and not is_own and signal.decided_at is None,
        longest=LONGEST_TEXT,
        **_words(),
    )


@blueprint.post("/signals/<uuid:signal_id>/answer")
@signed_in()
def answer(signal_id: UUID) -> ResponseReturnValue:
    """Keep the rep's one answer."""
    text = request.form.get("answer", "").strip()[:LONGEST_TEXT]
    if text:
        with transaction():
            review.answer(
                access=current_access(), signal_id=str(signal_id), text=text, at=utc_now()
            )
    return redirect(url_for("signals_pages.show", signal_id=signal_id))


@blueprint.post("/signals/<uuid:signal_id>/decision")
@signed_in(Role.MANAGER, Role.ADMIN)
def decide(signal_id: UUID) -> ResponseReturnValue:
    """Keep a manager's decision; without a reason there is none."""
    decision = request.form.get("decision", "")
    reason = request.form.get("reason", "").strip()[:LONGEST_TEXT]
    if reason and decision in set(Decision):
        with transaction():
            review.decide(
                access=current_access(),
                signal_id=str(signal_id),
                decision=Decision(decision),
                reason=reason,
                at=utc_now(),
            )
        told = gettext("Decided. The rep reads it after the next sync.")
        tell(Notice(text=told, undo_url=url_for("signals_pages.reopen", signal_id=signal_id)))
    else:
        told = gettext("Nothing was decided: write a reason, the rep reads it.")
        tell(Notice(text=told, tone="warn"))
    return redirect(url_for("signals_pages.show", signal_id=signal_id))


@blueprint.post("/signals/<uuid:signal_id>/reopening")
@signed_in(Role.MANAGER, Role.ADMIN)
def reopen(signal_id: UUID) -> ResponseReturnValue:
    """Take a decision back."""
    with transaction():
        review.reopen(access=current_access(), signal_id=str(signal_id), at=utc_now())
    tell(Notice(text=gettext("The signal waits for a decision again.")))
    return redirect(url_for("signals_pages.show", signal_id=signal_id))


def _card_of_visit(*, visit_id: str) -> str | None:
    signals = queries.signals_of_visit(access=current_access(), visit_id=visit_id)
    if not signals:
        return None
    return render_template("signals/visit.html", signals=signals, **_words())


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


CONTRIBUTIONS: dict[str, Contributor] = {"visit": _card_of_visit, "own_records": _own_records}
