"""What people say about a rep's days, as it travels down to the rep's phones."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from server.customers.models import Customer, LocationProposal
from server.figures.models import OwnFigure
from server.identity.models import User
from server.platform.database import among, db
from server.signals.models import Signal, SignalReview
from server.sync.row import Head, Row, scope_of
from server.visits.models import Visit
from shared.sync.protocol import rep_scope


def signals(ids: Sequence[str]) -> dict[str, Row]:
    """Return signals with answer and decision: for the rep whose day it was."""
    found = db.session.execute(
        select(Signal, SignalReview, Customer.name, User.name)
        .outerjoin(SignalReview, SignalReview.signal_id == Signal.id)
        .outerjoin(Visit, Visit.id == Signal.visit_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
        .outerjoin(User, User.id == SignalReview.decided_by)
        .where(among(Signal.id, ids))
    )
    return {
        signal.id: Row(
            None,
            frozenset({rep_scope(signal.rep_id)}),
            {
                "rule": signal.rule,
                "day": signal.day.isoformat(),
                "customer": customer or "",
                "inputs": signal.inputs,
                "raised_ms": _ms(signal.raised_at),
                "answer": review.answer if review else "",
                "answered_ms": _ms(review.answered_at) if review else None,
                "decision": review.decision if review else None,
                "reason": review.reason if review else "",
                "decided_by": decider or "",
                "decided_ms": _ms(review.decided_at) if review else None,
            },
        )
        for signal, review, customer, decider in found
    }


def proposals(ids: Sequence[str]) -> dict[str, Row]:
    """Return proposed points with what was decided: for the rep who proposed them."""
    found = db.session.execute(
        select(LocationProposal, Customer.name, User.name)
        .join(Customer, Customer.id == LocationProposal.customer_id)
        .outerjoin(User, User.id == LocationProposal.decided_by)
        .where(among(LocationProposal.id, ids))
    )
    return {
        proposal.id: Row(
            None,
            frozenset({rep_scope(proposal.rep_id)}),
            {
                "customer": customer,
                "latitude": proposal.latitude,
                "longitude": proposal.longitude,
                "accuracy_m": proposal.accuracy_m,
                "proposed_ms": _ms(proposal.proposed_at),
                "approved": proposal.approved,
                "reason": proposal.decision_reason,
                "decided_by": decider or "",
                "decided_ms": _ms(proposal.decided_at),
            },
        )
        for proposal, customer, decider in found
    }


def own_figures(ids: Sequence[str]) -> dict[str, Row]:
    """Return what the office counts of reps: each for the rep whose numbers these are."""
    found = db.session.scalars(select(OwnFigure).where(among(OwnFigure.id, ids)))
    return {
        row.id: Row(
            row.version,
            scope_of(row.rep_id),
            {
                "month": row.month.isoformat(),
                "as_of_ms": _ms(row.as_of),
                "currency": row.currency,
                "figures": row.figures,
            },
        )
        for row in found
    }


def heads_of_figures(ids: Sequence[str]) -> dict[str, Head]:
    """Return their versions and scopes."""
    figure = OwnFigure
    found = db.session.execute(
        select(figure.id, figure.version, figure.rep_id).where(among(figure.id, ids))
    )
    return {row.id: Head(row.version, scope_of(row.rep_id)) for row in found}


def _ms(instant: dt.datetime | None) -> int | None:
    return None if instant is None else round(instant.timestamp() * 1000)
