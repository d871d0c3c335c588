"""Keeping, changing and forgetting views. Only the owner changes one."""

import datetime as dt
from typing import Any

from sqlalchemy import func, select

from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, InvalidInputError, NotFoundError
from server.platform.versioned import ChangedMeanwhileError
from server.saved.models import SavedView, ViewKind
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import Role

MOST_VIEWS = 50
LONGEST_NAME = 80


def keep_view(
    *,
    access: Access,
    kind: ViewKind,
    page: str,
    name: str,
    content: dict[str, Any],
    at: dt.datetime,
    team_id: str | None = None,
    former_id: str = "",
) -> SavedView:
    """Keep a view under a name; filters of one's own of the same name on that page are replaced.

    :param former_id: that it had before it was deleted: addresses with it lead to it again
    :raises InvalidInputError: if the name is empty, too long or a dashboard's already, or there
        are too many
    :raises ForbiddenError: if it is shared with a team that is not the caller's
    """
    name = _checked(name)
    _check_team(access, team_id)
    mine = select(SavedView).where(
        SavedView.user_id == access.user_id, SavedView.kind == kind, SavedView.page == page
    )
    view = db.session.scalar(mine.where(SavedView.name == name))
    if view is None:
        count = db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        if count >= MOST_VIEWS:
            raise InvalidInputError({"name": [N_("You have 50 already; delete one first.")]})
        is_free = former_id and db.session.get(SavedView, former_id) is None
        view = SavedView(
            id=former_id if is_free else new_id(),
            user_id=access.user_id,
            kind=kind,
            page=page,
            name=name,
            content=content,
            team_id=team_id,
            updated_at=at,
        )
        db.session.add(view)
    elif kind is ViewKind.DASHBOARD:
        raise InvalidInputError({"name": [N_("You have a dashboard of this name already.")]})
    else:
        view.content, view.team_id, view.updated_at = content, team_id, at
        view.version += 1
    db.session.flush()
    return view


def change_view(
    *,
    access: Access,
    view_id: str,
    base: str,
    name: str,
    content: dict[str, Any],
    team_id: str | None,
    at: dt.datetime,
) -> SavedView:
    """Change a view of one's own, as it was seen in one version.

    :raises NotFoundError: if the caller owns no such view
    :raises ChangedMeanwhileError: if it is another version now
    :raises InvalidInputError: if the name is empty or too long
    :raises ForbiddenError: if it is shared with a team that is not the caller's
    """
    view = _own(access, view_id)
    if str(view.version) != base:
        raise ChangedMeanwhileError
    _check_team(access, team_id)
    view.name, view.content, view.team_id = _checked(name), content, team_id
    view.version += 1
    view.updated_at = at
    db.session.flush()
    return view


def forget_view(*, access: Access, view_id: str, base: str) -> SavedView:
    """Delete a view of one's own, as seen in one version; return it, to be kept again.

    :raises NotFoundError: if the caller owns no such view
    :raises ChangedMeanwhileError: if it is another version now
    """
    view = _own(access, view_id)
    if str(view.version) != base:
        raise ChangedMeanwhileError
    db.session.delete(view)
    db.session.flush()
    return view


def _own(access: Access, view_id: str) -> SavedView:
    view = db.session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.user_id == access.user_id)
    )
    if view is None:
        raise NotFoundError
    return view


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise InvalidInputError({"name": [N_("Give it a name of at most 80 characters.")]})
    return name


def _check_team(access: Access, team_id: str | None) -> None:
    if team_id is None or access.role is Role.ADMIN:
        return
    if team_id not in access.team_ids:
        raise ForbiddenError
