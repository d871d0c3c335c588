"""What may still be missing in the numbers of a period."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, distinct, func, or_, select

from server.identity.models import Device
from server.metrics.models import StaleDay
from server.platform.access import Access
from server.platform.database import Id, among
from server.platform.prepared import PreparedFor
from server.teams.models import TeamMembership
from shared.time import Period

_Narrow = Callable[[Any, Any], list[ColumnElement[bool]]]
"""The further conditions on a row's rep and team."""


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How far the numbers are complete."""

    stale_days: int
    """Rep-days of the period that are still being counted again."""
    phones_not_synced: int
    """Phones that may hold facts of the period: they have not synced since the moment below."""
    not_synced_since: dt.datetime


def freshness(
    *,
    access: Access,
    period: Period,
    now: dt.datetime,
    zone: str,
    rep_id: str | None = None,
    team_ids: Collection[str] | None = None,
) -> Freshness:
    """Return what may still be missing in the numbers of a period, of this rep and these teams."""
    # A phone that synced after the end of the period has sent all of it; a phone in use syncs
    # at least every hour where it has a network.
    _, end = period.instants(zone)
    since = min(end, now - dt.timedelta(hours=1))
    asked: dict[str, Any] = {"start": period.start, "end": period.end}
    if rep_id is not None:
        asked["rep_id"] = rep_id
    if team_ids is not None:
        asked["team_ids"] = list(team_ids)
    narrowed = {"of_rep": rep_id is not None, "of_teams": team_ids is not None}
    return Freshness(
        stale_days=_counting(_stale, **narrowed).scalar(access, **asked) or 0,
        phones_not_synced=_counting(_phones, **narrowed).scalar(access, since=since, **asked) or 0,
        not_synced_since=since,
    )


@cache
def _counting(
    count: Callable[[Access, _Narrow], Any], *, of_rep: bool, of_teams: bool
) -> PreparedFor:
    """Return the statement that counts what a rep, teams, both or nothing narrows."""

    def narrow(rep_id: Any, team_id: Any) -> list[ColumnElement[bool]]:
        return [
            *((rep_id == bindparam("rep_id", type_=Id()),) if of_rep else ()),
            *((among(team_id, name="team_ids"),) if of_teams else ()),
        ]

    return PreparedFor(lambda access: count(access, narrow))


def _stale(access: Access, narrow: _Narrow) -> Select[int]:
    # By the team of that day: it is that one's number.
    member = TeamMembership
    return (
        select(func.count())
        .select_from(StaleDay)
        .outerjoin(member, member.covers(StaleDay.rep_id, StaleDay.day))
        .where(
            StaleDay.day >= bindparam("start"),
            StaleDay.day < bindparam("end"),
            access.rows(StaleDay.rep_id, member.team_id),
            *narrow(StaleDay.rep_id, member.team_id),
        )
    )


def _phones(access: Access, narrow: _Narrow) -> Select[int]:
    # Of those who were in the team on some day of the period.
    member = TeamMembership
    then = and_(
        member.user_id == Device.user_id,
        member.start_on < bindparam("end"),
        or_(member.end_on.is_(None), member.end_on > bindparam("start")),
    )
    return (
        select(func.count(distinct(Device.id)))
        .select_from(Device)
        .outerjoin(member, then)
        .where(
            Device.revoked_at.is_(None),
            or_(Device.last_synced_at.is_(None), Device.last_synced_at < bindparam("since")),
            access.rows(Device.user_id, member.team_id),
            *narrow(Device.user_id, member.team_id),
        )
    )
