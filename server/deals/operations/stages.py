"""The company's stages of the pipeline: their names, order and probabilities, new and old ones."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select

from server.deals.models import Deal, Stage
from server.deals.operations.moves import set_stage_probability
from server.deals.queries.stages import stage_settings
from server.platform import audit
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.events import record_changed
from server.platform.keys import free_key
from server.platform.versioned import ChangedMeanwhileError
from shared.i18n import N_
from shared.vocabulary import StageKind

NEEDED = (StageKind.LEAD, StageKind.OPEN, StageKind.WON, StageKind.LOST)
OPEN_KINDS = (StageKind.LEAD, StageKind.OPEN)
MOST_STAGES = 20
_CERTAIN = 100


class StageInUseError(ProblemError):
    """A stage in which deals stand is not archived: they would be nowhere."""

    code = "stage.in_use"
    status = 409
    title = N_("Deals stand in this stage. Move them to another one first.")


class StageNeededError(ProblemError):
    """A deal begins somewhere, and ends won or lost."""

    code = "stage.needed"
    status = 422
    title = N_("The pipeline needs a stage for leads, one for open deals, one won and one lost.")


class TooManyStagesError(ProblemError):
    """More nobody can look at beside each other."""

    code = "stage.too_many"
    status = 422
    title = N_("There are 20 stages already. Archive one first.")


@dataclass(frozen=True, kw_only=True)
class StageForm:
    """What the office says of a stage; without a key it is a new one."""

    key: str
    name: str
    kind: StageKind
    percent: int
    archived: bool = False


def set_stages(
    *, stages: Sequence[StageForm], base: str, day: dt.date, at: dt.datetime, by: str
) -> int:
    """
    Let the stages be these, in this order; return how many things changed.

    :param base: `StageSettings.version` when the form was made
    :param day: the first day on which new probabilities count
    :raises ChangedMeanwhileError: if somebody else changed them meanwhile
    :raises InvalidInputError: if a name or probability is none; names `name-<key>`, `percent-<key>`
    :raises StageInUseError: if deals stand in a stage that is to be archived
    :raises StageNeededError: if a kind of stage would be missing
    :raises TooManyStagesError: if there would be more than twenty
    """
    known = {row.key: row for row in db.session.scalars(select(Stage).with_for_update())}
    if base != stage_settings(access=SYSTEM).version:
        raise ChangedMeanwhileError
    _check(stages)
    changed: dict[str, dict[str, list[object]]] = {}
    for position, form in enumerate(stages, start=1):
        row = known.get(form.key)
        if row is None:
            row = Stage(
                key=free_key(form.name, known, longest=30, otherwise="stage"),
                name=form.name,
                kind=form.kind,
                position=position,
                probability_percent=form.percent,
            )
            db.session.add(row)
            known[row.key] = row
            changed[row.key] = {"name": [None, form.name], "kind": [None, form.kind]}
            continue
        if form.archived and row.archived_at is None and _is_in_use(row.key):
            raise StageInUseError(row.name)
        archived_at = (row.archived_at or at) if form.archived else None
        for name, value in (
            ("name", form.name),
            ("position", position),
            ("archived_at", archived_at),
        ):
            before = getattr(row, name)
            if before != value:
                setattr(row, name, value)
                shown = [each and str(each) for each in (before, value)]
                changed.setdefault(row.key, {})[name] = shown
        if StageKind(row.kind) in OPEN_KINDS and row.probability_percent != form.percent:
            set_stage_probability(stage_key=row.key, percent=form.percent, day=day, at=at, by=by)
            changed.setdefault(row.key, {})
    db.session.flush()
    for key, what in changed.items():
        if what:
            audit.record(action="stage.changed", at=at, user_id=by, subject=key, **what)
    record_changed("stage", *changed)
    return len(changed)


def _check(stages: Sequence[StageForm]) -> None:
    wrong: dict[str, str] = {}
    for form in stages:
        key = form.key or "new"
        if not 0 < len(form.name) <= 120:
            wrong[f"name-{key}"] = N_("A name has 1 to 120 characters.")
        if not 0 <= form.percent <= _CERTAIN:
            wrong[f"percent-{key}"] = N_("A whole number from 0 to 100.")
    if wrong:
        raise InvalidInputError(wrong)
    in_use = [form for form in stages if not form.archived]
    if {*NEEDED} - {form.kind for form in in_use}:
        raise StageNeededError
    if len(in_use) > MOST_STAGES:
        raise TooManyStagesError


def _is_in_use(key: str) -> bool:
    standing = exists().where(Deal.stage_key == key, Deal.deleted_at.is_(None))
    return bool(db.session.scalar(select(standing)))
