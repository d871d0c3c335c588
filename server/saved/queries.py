"""Finding saved views: one's own, and those shared with one's teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, or_, select

from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db, one_of
from server.platform.errors import NotFoundError
from server.platform.prepared import PreparedFor
from server.saved.models import SavedView, ViewKind
from server.teams.models import TeamMembership
from shared.vocabulary import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """A saved view as its owner or the team sees it."""

    id: str
    page: str
    name: str
    content: dict[str, Any]
    is_mine: bool
    owner_name: str
    team_id: str | None
    version: int


def list_views(*, access: Access, kind: ViewKind, page: str) -> list[ViewRow]:
    """Return the views of a page, one's own first."""
    return [_row(row, access) for row in _OF_PAGE.rows(access, kind=kind, page=page)]


def get_view(*, access: Access, view_id: str) -> ViewRow:
    """Return one view.

    :raises NotFoundError: if there is none that the caller may see
    """
    found = db.session.execute(_views(access).where(SavedView.id == view_id)).one_or_none()
    if found is None:
        raise NotFoundError
    return _row(found, access)


def _views(access: Access) -> Select[Any]:
    return (
        select(
            SavedView.id,
            SavedView.page,
            SavedView.name,
            SavedView.content,
            SavedView.user_id,
            User.name.label("owner_name"),
            SavedView.team_id,
            SavedView.version,
        )
        .join(User, User.id == SavedView.user_id)
        .where(_seen(access))
    )


def _seen(access: Access) -> ColumnElement[bool]:
    shared: ColumnElement[bool] = false()
    match access.role:
        case Role.ADMIN:
            shared = SavedView.team_id.is_not(None)
        case Role.MANAGER if access.team_ids:
            shared = one_of(SavedView.team_id, access.team_ids)
        case Role.REP:
            shared = SavedView.team_id.in_(
                select(TeamMembership.team_id).where(
                    TeamMembership.user_id == access.user_id, TeamMembership.end_on.is_(None)
                )
            )
    return or_(SavedView.user_id == access.user_id, shared)


# Made once: every page with a filter bar offers them.
_OF_PAGE = PreparedFor(
    lambda access: (
        _views(access)
        .where(SavedView.kind == bindparam("kind"), SavedView.page == bindparam("page"))
        .order_by((SavedView.user_id == access.user_id).desc(), SavedView.name, SavedView.id)
    )
)


def _row(row: Sequence[Any], access: Access) -> ViewRow:
    id_, page, name, content, user_id, owner_name, team_id, version = row
    return ViewRow(
        id=id_,
        page=page,
        name=name,
        content=dict(content),
        is_mine=user_id == access.user_id,
        owner_name=owner_name,
        team_id=team_id,
        version=version,
    )
