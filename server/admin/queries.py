"""Reading the audit log."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from server.identity.models import User
from server.platform.access import Access
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.errors import ForbiddenError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page
from shared.vocabulary import Role

_EXPORT_CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; whatever is None or empty does not narrow."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    action: str = ""
    user_id: str | None = None


@dataclass(frozen=True)
class AuditRow:
    """Who did what, when."""

    at: dt.datetime
    action: str
    subject: str
    details: dict[str, Any]
    user_name: str | None


def list_entries(
    *, access: Access, where: AuditFilter, page: int = 1, size: int = DEFAULT_SIZE
) -> Page[AuditRow]:
    """Return a page of entries, latest first.

    :raises ForbiddenError: unless an administrator asks
    """
    found = fetch_page(_rows(access, where), number=page, size=size)
    return Page(
        rows=[AuditRow(*row) for row in found.rows],
        number=found.number,
        size=found.size,
        total=found.total,
    )


def each_entry(*, access: Access, where: AuditFilter) -> Iterator[AuditRow]:
    """Yield all entries in the same order, fetched in chunks; for exports.

    :raises ForbiddenError: unless an administrator asks
    """
    statement = _rows(access, where).execution_options(yield_per=_EXPORT_CHUNK)
    return (AuditRow(*row) for row in db.session.execute(statement))


def list_actions(*, access: Access) -> list[str]:
    """Return the actions that are in the log.

    :raises ForbiddenError: unless an administrator asks
    """
    _check(access)
    return list(
        db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
    )


def _rows(access: Access, where: AuditFilter) -> Select[*tuple[Any, ...]]:
    _check(access)
    statement = (
        select(AuditEntry.at, AuditEntry.action, AuditEntry.subject, AuditEntry.details, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    if where.since is not None:
        statement = statement.where(AuditEntry.at >= where.since)
    if where.until is not None:
        statement = statement.where(AuditEntry.at < where.until)
    if where.action:
        statement = statement.where(AuditEntry.action == where.action)
    if where.user_id is not None:
        statement = statement.where(AuditEntry.user_id == where.user_id)
    return statement


def _check(access: Access) -> None:
    if access.role is not Role.ADMIN:
        raise ForbiddenError
