"""Where leads come from, and why deals are lost."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from server.deals.models import Deal, LeadSource, LostReason, Word
from server.platform.access import Access
from server.platform.database import db
from server.platform.prepared import PreparedFor


@dataclass(frozen=True)
class WordRow:
    """A reason for losing a deal, or a source of leads."""

    key: str
    name: str


def company_lost_reasons(*, access: Access) -> list[WordRow]:
    """Return the company's reasons for losing a deal, in their order."""
    return _words(LostReason, access)


def company_lead_sources(*, access: Access) -> list[WordRow]:
    """Return where the company's leads come from, in its order; none where the usual ones stand."""
    return _words(LeadSource, access)


def _words(model: type[Word], access: Access) -> list[WordRow]:
    del access  # they are for everybody in the company
    rows = db.session.execute(select(model.key, model.name).order_by(model.position, model.key))
    return [WordRow(*row) for row in rows]


def lost_reasons(*, access: Access) -> list[str]:
    """Return the company's reasons for losing a deal, then others that were given often."""
    company = [reason.name for reason in company_lost_reasons(access=access)]
    statement = (
        select(Deal.lost_reason)
        .where(
            Deal.is_lost(),
            Deal.lost_reason.not_in(["", *company]),
            access.rows(Deal.owner_id, Deal.team_id),
        )
        .group_by(Deal.lost_reason)
        .order_by(func.count().desc(), Deal.lost_reason)
        .limit(12)
    )
    return [*company, *db.session.scalars(statement)]


def list_sources(*, access: Access) -> list[str]:
    """Return where leads come from, as far as the caller sees them."""
    return [name for (name,) in _SOURCES.rows(access)]


def _sources_seen(access: Access) -> Select[Any]:
    # From one source to the next by the index: a few steps, however many deals there are.
    first = select(func.min(Deal.source).label("name")).where(Deal.source > "")
    known = first.cte("source", recursive=True)
    later = select(func.min(Deal.source)).where(Deal.source > known.c.name).correlate(known)
    source = known.union_all(select(later.scalar_subquery()).where(known.c.name.is_not(None)))
    # Each way apart: of both in one a database asks no index, and reads the deals of others.
    seen = select(Deal.id).where(Deal.source == source.c.name, Deal.deleted_at.is_(None))
    ways = access.ways(Deal.owner_id, Deal.team_id)
    return (
        select(source.c.name)
        .where(source.c.name.is_not(None), or_(*(seen.where(way).exists() for way in ways)))
        .order_by(source.c.name)
    )


_SOURCES = PreparedFor(_sources_seen)
