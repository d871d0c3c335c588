"""Finding saved views: one's own, and those shared with one's teams."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select

from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
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
    rows = db.session.execute(
        select(SavedView, User.name)
        .join(User, User.id == SavedView.user_id)
        .where(SavedView.kind == kind, SavedView.page == page, _seen(access))
        .order_by((SavedView.user_id == access.user_id).desc(), SavedView.name, SavedView.id)
    )
    return [_row(view, name, access) for view, name in rows]


def get_view(*, access: Access, view_id: str) -> ViewRow:
    """Return one view.

    :raises NotFoundError: if there is none that the caller may see
    """
    found = db.session.execute(
        select(SavedView, User.name)
        .join(User, User.id == SavedView.user_id)
        .where(SavedView.id == view_id, _seen(access))
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return _row(found[0], found[1], access)


def _seen(access: Access) -> ColumnElement[bool]:
    shared: ColumnElement[bool] = false()
    match access.role:
        case Role.ADMIN:
            shared = SavedView.team_id.is_not(None)
        case Role.MANAGER if access.team_ids:
            shared = SavedView.team_id.in_(access.team_ids)
        case Role.REP:
            shared = SavedView.team_id.in_(
                select(TeamMembership.team_id).where(
                    TeamMembership.user_id == access.user_id, TeamMembership.end_on.is_(None)
                )
            )
    return or_(SavedView.user_id == access.user_id, shared)


def _row(view: SavedView, owner_name: str, access: Access) -> ViewRow:
    return ViewRow(
        id=view.id,
        page=view.page,
        name=view.name,
        content=dict(view.content),
        is_mine=view.user_id == access.user_id,
        owner_name=owner_name,
        team_id=view.team_id,
        version=view.version,
    )
