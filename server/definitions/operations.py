"""Making, changing, archiving and bringing back a company's own KPIs."""

import datetime as dt
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from sqlalchemy import select

from server.definitions.models import OwnMetric
from server.platform import audit
from server.platform.database import db
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.keys import free_key
from shared.i18n import N_
from shared.metrics.definition import Direction, Family
from shared.metrics.formula import Unit
from shared.metrics.parsing import FormulaError, parse

MOST_OWN_METRICS = 100


class ChangedMeanwhileError(ProblemError):
    """Somebody else has changed it since the form was opened."""

    code = "changed_meanwhile"
    status = 409
    title = N_("Somebody else has changed this meanwhile. Look at it again, then save.")


class TooManyMetricsError(ProblemError):
    """Each is computed on every overview: a hundred are enough."""

    code = "too_many_metrics"
    status = 422
    title = N_("There are 100 own KPIs already. Archive one first.")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a person says of a KPI."""

    name: str
    name_id: str
    description: str
    formula: str
    unit: Unit
    family: Family
    direction: Direction
    target: Decimal | None


def create_own_metric(*, definition: Definition, at: dt.datetime, by: str) -> OwnMetric:
    """
    Add a KPI, from the next question on.

    :raises InvalidInputError: if its formula means nothing
    :raises TooManyMetricsError: if there are a hundred already
    """
    _check(definition)
    keys = set(db.session.scalars(select(OwnMetric.key)))
    in_use = db.session.scalars(select(OwnMetric.key).where(OwnMetric.archived_at.is_(None)))
    if len(in_use.all()) >= MOST_OWN_METRICS:
        raise TooManyMetricsError
    row = OwnMetric(
        key=free_key(definition.name, keys, longest=40, otherwise="kpi", prefix="own_"),
        **_columns(definition),
        changed_at=at,
        changed_by=by,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        action="metric.created", at=at, user_id=by, subject=row.key, formula=definition.formula
    )
    return row


def change_own_metric(
    *, key: str, definition: Definition, edition: int, at: dt.datetime, by: str
) -> OwnMetric:
    """
    Change a KPI. A number computed by another formula is another number: its version is raised.

    :param edition: the one that was looked at
    :raises NotFoundError: if there is no such KPI
    :raises ChangedMeanwhileError: if it has another edition by now
    :raises InvalidInputError: if its formula means nothing
    """
    _check(definition)
    row = _locked(key, edition)
    before = {name: getattr(row, name) for name in _columns(definition)}
    after = _columns(definition)
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    if {"formula", "unit"} & set(changed):
        row.version += 1
    _note(row, at, by)
    audit.record(
        action="metric.changed",
        at=at,
        user_id=by,
        subject=key,
        version=row.version,
        before={name: before[name] for name in changed},
        after=changed,
    )
    return row


def undo_change(*, key: str, done_at: dt.datetime, at: dt.datetime, by: str) -> OwnMetric:
    """
    Bring back what a KPI was before a person changed it at this time, as another change.

    :raises NotFoundError: if the person did not change it then
    :raises ChangedMeanwhileError: if somebody has changed one of these fields since
    """
    [entry] = audit.entries_of(action="metric.changed", at=done_at, user_id=by, subject=key)
    row = db.session.get_one(OwnMetric, key)
    before, after = entry.details["before"], entry.details["after"]
    if any(getattr(row, name) != value for name, value in after.items()):
        raise ChangedMeanwhileError
    former = {field.name: getattr(row, field.name) for field in fields(Definition)} | before
    target = former["target"]
    definition = Definition(**former | {"target": None if target is None else Decimal(target)})
    return change_own_metric(key=key, definition=definition, edition=row.edition, at=at, by=by)


def archive_own_metric(
    *, key: str, archived: bool, edition: int, at: dt.datetime, by: str
) -> OwnMetric:
    """
    Take a KPI out of use, or bring it back.

    :raises NotFoundError: if there is no such KPI
    :raises ChangedMeanwhileError: if it has another edition by now
    """
    row = _locked(key, edition)
    row.archived_at = at if archived else None
    _note(row, at, by)
    action = "metric.archived" if archived else "metric.restored"
    audit.record(action=action, at=at, user_id=by, subject=key)
    return row


def _locked(key: str, edition: int) -> OwnMetric:
    row = db.session.get(OwnMetric, key, with_for_update=True)
    if row is None:
        raise NotFoundError
    if row.edition != edition:
        raise ChangedMeanwhileError
    return row


def _note(row: OwnMetric, at: dt.datetime, by: str) -> None:
    row.edition += 1
    row.changed_at, row.changed_by = at, by


def _check(definition: Definition) -> None:
    try:
        parse(definition.formula)
    except FormulaError as error:
        raise InvalidInputError(
            {"formula": [error.code]}, formula_problem=error.code, part=error.part
        ) from error


def _columns(definition: Definition) -> dict[str, str | None]:
    columns = asdict(definition)
    target = definition.target
    return columns | {"target": None if target is None else format(target.normalize(), "f")}
