"""What may still be missing in the numbers of a period."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Subquery, bindparam, func, or_, select

from server.identity.models import Device
from server.metrics.models import StaleDay
from server.platform.access import Access
from server.platform.prepared import PreparedFor
from server.teams.models import TeamMembership
from shared.time import Period


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How far the numbers are complete."""

    stale_days: int
    """Rep-days of the period that are still being counted again."""
    phones_not_synced: int
    """Phones that may hold facts of the period: they have not synced since the moment below."""
    not_synced_since: dt.datetime


def freshness(*, access: Access, period: Period, now: dt.datetime, zone: str) -> Freshness:
    """Return what may still be missing in the numbers of a period."""
    # A phone that synced after the end of the period has sent all of it; a phone in use syncs
    # at least every hour where it has a network.
    end = dt.datetime.combine(period.end, dt.time(), ZoneInfo(zone))
    since = min(end.astimezone(dt.UTC), now - dt.timedelta(hours=1))
    return Freshness(
        stale_days=_STALE.scalar(access, start=period.start, end=period.end) or 0,
        phones_not_synced=_PHONES.scalar(access, since=since) or 0,
        not_synced_since=since,
    )


def _members() -> Subquery:
    return (
        select(TeamMembership.user_id, TeamMembership.team_id)
        .where(TeamMembership.end_on.is_(None))
        .subquery()
    )


def _stale(access: Access) -> Select[int]:
    member = _members()
    return (
        select(func.count())
        .select_from(StaleDay)
        .outerjoin(member, member.c.user_id == StaleDay.rep_id)
        .where(
            StaleDay.day >= bindparam("start"),
            StaleDay.day < bindparam("end"),
            access.rows(StaleDay.rep_id, member.c.team_id),
        )
    )


def _phones(access: Access) -> Select[int]:
    member = _members()
    return (
        select(func.count())
        .select_from(Device)
        .outerjoin(member, member.c.user_id == Device.user_id)
        .where(
            Device.revoked_at.is_(None),
            or_(Device.last_synced_at.is_(None), Device.last_synced_at < bindparam("since")),
            access.rows(Device.user_id, member.c.team_id),
        )
    )


_STALE, _PHONES = PreparedFor(_stale), PreparedFor(_phones)
