"""On which days somebody sold nothing and gave no reason."""

from typing import Any

from sqlalchemy import ColumnElement, select, tuple_, union

from server.metrics.models import DailyRollup, StaleDay, TeamDayRollup
from shared.time import Period


def may_lack_reasons(rep_id: Any, day: Any, period: Period) -> ColumnElement[bool]:
    """
    Return the condition that a rep-day of the period has visits with neither order nor reason.

    Its totals tell, unless it is being counted again. Of most days those of the teams say that
    there are none.
    """
    team, rep, stale = TeamDayRollup.__table__.c, DailyRollup.__table__.c, StaleDay
    days = select(team.day).where(_lacks(team), team.day >= period.start, team.day < period.end)
    rep_days = union(
        select(rep.rep_id, rep.day).where(_lacks(rep), rep.day.in_(days)),
        select(stale.rep_id, stale.day).where(stale.day >= period.start, stale.day < period.end),
    )
    return tuple_(rep_id, day).in_(rep_days)


def _lacks(total: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = total.unproductive_completed_visits > total.no_sale_visits
    return condition
