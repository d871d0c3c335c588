"""The stages as administrators set them, with how many deals stand in each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from server.deals.models import Deal, Stage
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError
from server.platform.versioned import fingerprint
from shared.vocabulary import Role, StageKind


@dataclass(frozen=True)
class StageSetting:
    """A stage with what may be changed of it."""

    key: str
    name: str
    kind: StageKind
    percent: int
    archived: bool
    deals: int


@dataclass(frozen=True)
class StageSettings:
    """All stages in their order, those out of use last."""

    rows: tuple[StageSetting, ...]
    version: str
    """Another text when one was changed; what a form is made from."""


def stage_settings(*, access: Access) -> StageSettings:
    """Return the stages.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    stages = db.session.scalars(select(Stage)).all()
    counted = db.session.execute(
        select(Deal.stage_key, func.count().label("deals"))
        .where(Deal.deleted_at.is_(None))
        .group_by(Deal.stage_key)
    )
    deals = {row.stage_key: int(row.deals) for row in counted}
    ordered = sorted(stages, key=lambda row: (row.archived_at is not None, row.position, row.key))
    return StageSettings(
        rows=tuple(
            StageSetting(
                key=row.key,
                name=row.name,
                kind=StageKind(row.kind),
                percent=row.probability_percent,
                archived=row.archived_at is not None,
                deals=deals.get(row.key, 0),
            )
            for row in ordered
        ),
        version=_version(stages),
    )


def _version(stages: Sequence[Stage]) -> str:
    lines = sorted(
        f"{row.key}:{row.name}:{row.position}:{row.probability_percent}:{row.archived_at}"
        for row in stages
    )
    return fingerprint("\n".join(lines))
