"""Reading a company's own KPIs, as rows to edit and as definitions to evaluate."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select

from server.definitions.models import OwnMetric
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.prepared import Prepared
from shared.metrics.definition import Direction, Family, Metric, Thresholds
from shared.metrics.formula import Unit
from shared.metrics.parsing import parse


def list_own_metrics(*, access: Access) -> Sequence[OwnMetric]:
    """Return all of them by name, archived ones last; they are no secret within a company."""
    del access
    order = OwnMetric.archived_at.is_not(None), OwnMetric.name, OwnMetric.key
    return db.session.scalars(select(OwnMetric).order_by(*order)).all()


def get_own_metric(*, access: Access, key: str) -> OwnMetric:
    """
    Return one of them.

    :raises NotFoundError: if there is none of this key
    """
    del access
    found = db.session.get(OwnMetric, key)
    if found is None:
        raise NotFoundError
    return found


def own_definitions(*, language: str) -> Mapping[str, Metric]:
    """Return those in use by key, named in a language."""
    rows = (OwnMetric(**dict(zip(_NAMES, row, strict=True))) for row in _IN_USE.rows())
    return {row.key: definition_of(row, language=language) for row in rows}


# Made once: every page with numbers asks for them.
_NAMES = tuple(column.key for column in OwnMetric.__table__.columns)
_IN_USE = Prepared(
    lambda: (
        select(*OwnMetric.__table__.columns)
        .where(OwnMetric.archived_at.is_(None))
        .order_by(OwnMetric.name)
    )
)


def definition_of(row: OwnMetric, *, language: str) -> Metric:
    """Return the definition that a row holds."""
    target = None if row.target is None else Decimal(row.target)
    return Metric(
        key=row.key,
        name=row.name_in(language),
        description=row.description,
        formula=parse(row.formula),
        unit=Unit(row.unit),
        family=Family(row.family),
        examples=(),
        direction=Direction(row.direction),
        thresholds=Thresholds(target=target),
        version=row.version,
    )
