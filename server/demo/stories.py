"""The story of one deal, stage by stage, and its rows as far as it has been told."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.currencies.operations.freezing import frozen_columns
from server.deals.models import Deal, StageChange
from server.demo.blueprint import Company
from server.demo.orders import OrderLine, add_lines
from server.demo.people import Rep
from server.demo.rates import frozen_at
from server.demo.rows import Rows
from shared.vocabulary import StageKind

# The stages every database begins with.
LEAD, OPPORTUNITY, PROPOSAL, NEGOTIATION = "lead", "opportunity", "proposal", "negotiation"
WON, LOST, DISQUALIFIED = "won", "lost", "disqualified"
_KIND = {
    LEAD: StageKind.LEAD,
    OPPORTUNITY: StageKind.OPEN,
    PROPOSAL: StageKind.OPEN,
    NEGOTIATION: StageKind.OPEN,
    WON: StageKind.WON,
    LOST: StageKind.LOST,
    DISQUALIFIED: StageKind.DISQUALIFIED,
}
# Kinds of stages that only an opportunity gets to.
_REACHED = (StageKind.OPEN, StageKind.WON, StageKind.LOST)


@dataclass(frozen=True)
class Move:
    """A deal comes into a stage."""

    id: str
    stage: str
    at: dt.datetime
    day: dt.date


@dataclass(kw_only=True)
class Story:
    """A deal from beginning to end; what lies ahead of the present is left out when written."""

    deal_id: str
    rep: Rep
    customer_id: str
    title: str
    source: str
    lines: Sequence[OrderLine]
    currency: str = ""
    """Of its lines; empty: the company's."""
    reason: str = ""
    moves: list[Move] = field(default_factory=list)


def add_story(rows: Rows, company: Company, story: Story, *, until: dt.datetime) -> None:
    """Add a deal with the moves it has made by now; none made, nothing added."""
    made = [move for move in story.moves if move.at <= until]
    if not made:
        return
    rep, last = story.rep, made[-1]
    kind = _KIND[last.stage]
    opportunity = next((move for move in made if _KIND[move.stage] in _REACHED), None)
    closed = last if kind.is_closed else None
    currency, event = story.currency or company.currency, closed or opportunity or made[0]
    amounts = [line.amount_minor for line in story.lines]
    rows.add(
        Deal,
        id=story.deal_id,
        code=None,
        title=story.title,
        customer_id=story.customer_id,
        visit_id=None,
        owner_id=rep.id,
        team_id=rep.team_id,
        source=story.source,
        stage_key=last.stage,
        kind=kind,
        amount_minor=sum(amounts),
        currency=currency,
        **frozen_columns(amounts, frozen_at(company, currency, event.day)),
        expected_close_on=_expected_close(made),
        lost_reason=story.reason if kind in (StageKind.LOST, StageKind.DISQUALIFIED) else "",
        note="",
        type_by_hand=None,
        voided_at=None,
        stage_since=max(move.day for move in made),
        lead_day=made[0].day,
        lead_rep_id=rep.id,
        opportunity_day=opportunity.day if opportunity else None,
        opportunity_rep_id=rep.id if opportunity else None,
        closed_day=closed.day if closed else None,
        closed_at=closed.at if closed else None,
        closed_rep_id=rep.id if closed else None,
        content_sha256=None,
        version=len(made),
        field_versions={},
        created_at=made[0].at,
        updated_at=last.at,
        deleted_at=None,
    )
    before: str | None = None
    for move in made:
        rows.add(
            StageChange,
            id=move.id,
            deal_id=story.deal_id,
            from_stage=before,
            to_stage=move.stage,
            at=move.at,
            day=move.day,
            rep_id=rep.id,
        )
        before = move.stage
        rows.mark(rep.id, move.day)
    add_lines(rows, story.deal_id, story.lines)


def _expected_close(made: Sequence[Move]) -> dt.date:
    days = {LEAD: 30, OPPORTUNITY: 24, PROPOSAL: 16, NEGOTIATION: 8}
    still_open = [move for move in made if move.stage in days]
    return still_open[-1].day + dt.timedelta(days=days[still_open[-1].stage])
