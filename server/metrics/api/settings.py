"""What numbers are measured against, for programs: targets, the ramp, working time, rates."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.metrics.operations import rates, targets
from server.metrics.schemas import (
    KilometreRateSchema,
    RampSchema,
    TargetChangeSchema,
    TargetSchema,
    TargetsQuerySchema,
    WorkingTimeSchema,
)
from server.metrics.sql.choices import (
    holders_of_targets,
    kilometre_rates,
    ramps,
    working_times,
)
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.targets import Holder, target_sums, targets_as_set
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError
from server.platform.transaction import transaction
from shared.time import Period, add_months, utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "metric_settings", __name__, url_prefix="/api/v1/metrics", description="Targets and rates."
)


@blueprint.get("/kilometre-rates")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.response(200, KilometreRateSchema(many=True))
def list_kilometre_rates() -> Sequence[Any]:
    """Return what a kilometre costs, from each day on."""
    return kilometre_rates()


@blueprint.put("/kilometre-rates")
@signed_in(Role.ADMIN)
@blueprint.arguments(KilometreRateSchema)
@blueprint.response(204)
def set_kilometre_rate(rate: dict[str, Any]) -> None:
    """Set what a kilometre costs from a day on; the days before keep their rate."""
    with transaction():
        rates.set_kilometre_rate(**rate, at=utc_now(), by=current_access().user_id)


@blueprint.get("/targets")
@signed_in()
@blueprint.arguments(TargetsQuerySchema, location="query")
@blueprint.response(200, TargetSchema(many=True))
def list_targets(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the targets that the caller may see, by month, and what counts of each."""
    months = []
    month = query["start"].replace(day=1)
    while month < query["end"]:
        months.append(month)
        month = add_months(month, 1)
    access, metric = current_access(), query["metric"]
    found = targets_as_set(metric, months, Reach(access=access))
    periods = [Period.month(month.year, month.month) for month in months]
    counted = target_sums([metric], periods, Reach(access=access, by=By.REP))
    return [
        {
            "team" if holder.is_team else "rep": holder.id,
            "month": month,
            "amount": amount,
            "counted": amount
            if holder.is_team
            else counted.get((metric, Period.month(month.year, month.month), holder.id), 0),
        }
        for (holder, month), amount in sorted(
            found.items(), key=lambda item: (item[0][1], item[0][0].is_team, item[0][0].id)
        )
    ]


@blueprint.put("/targets")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(TargetChangeSchema)
@blueprint.response(204)
def set_target(body: dict[str, Any]) -> None:
    """Set, change or take away the target of a rep, or of a team as a whole, for a month."""
    access = current_access()
    holder = Holder.of(rep_id=body.get("rep"), team_id=body.get("team"))
    known = {row.holder for row in holders_of_targets(access=access, day=business_today())}
    if holder not in known:
        raise NotFoundError
    change = targets.TargetChange(
        holder=holder, month=body["month"], seen=body["seen"], wanted=body["amount"]
    )
    with transaction():
        targets.set_targets(
            metric_key=body["metric"], changes=[change], at=utc_now(), by=access.user_id
        )


@blueprint.get("/ramps")
@signed_in()
@blueprint.response(200, RampSchema(many=True))
def list_ramps() -> list[dict[str, Any]]:
    """Return the ramps of new reps, the latest first."""
    return [{"start_on": start_on, "percents": percents} for start_on, percents in ramps().items()]


@blueprint.put("/ramps")
@signed_in(Role.ADMIN)
@blueprint.arguments(RampSchema)
@blueprint.response(204)
def set_ramp(ramp: dict[str, Any]) -> None:
    """Set what part of a full target those who join from a day on have in their first months."""
    with transaction():
        targets.set_ramp(**ramp, at=utc_now(), by=current_access().user_id)


@blueprint.get("/working-times/<uuid:rep_id>")
@signed_in(Role.ADMIN)
@blueprint.response(200, WorkingTimeSchema(many=True))
def list_working_times(rep_id: UUID) -> Sequence[Any]:
    """Return how much of full time a person works, from each day on; the latest first."""
    return working_times(str(rep_id))


@blueprint.put("/working-times/<uuid:rep_id>")
@signed_in(Role.ADMIN)
@blueprint.arguments(WorkingTimeSchema)
@blueprint.response(204)
def set_working_time(body: dict[str, Any], rep_id: UUID) -> None:
    """Set how much of full time a person works from a day on; null takes that away."""
    start_on: dt.date = body["start_on"]
    with transaction():
        targets.set_working_time(
            rep_id=str(rep_id),
            start_on=start_on,
            percent=body["percent"],
            at=utc_now(),
            by=current_access().user_id,
        )
