"""Filters that people keep, offered in the filter bar of their page."""

from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.platform.auth import current_access, find_access, signed_in
from server.platform.errors import InvalidInputError
from server.platform.transaction import transaction
from server.saved import operations, queries
from server.saved.models import ViewKind
from server.saved.queries import ViewRow
from server.web.contributions import Contributor
from server.web.forms import carry_out
from server.web.links import local_path
from server.web.notices import Notice, tell
from server.web.typed import TextTooLongError, typed_text
from shared.time import utc_now

blueprint = Blueprint("saved_pages", __name__, template_folder="templates")

LONGEST_QUERY = 2000
_PASSING = {"page", "saved"}
"""Arguments that are no filter."""


@blueprint.post("/saved-filters")
@signed_in()
def keep() -> ResponseReturnValue:
    """Keep the filters in force under a name."""
    page = local_path(request.form.get("page", ""))[:120]
    try:
        query = typed_text("query", most=LONGEST_QUERY)
    except TextTooLongError as problem:
        tell(Notice(text=gettext(problem.title), tone="warn"))
        return redirect(page)
    access, name = current_access(), request.form.get("name", "").strip()
    known = queries.list_views(access=access, kind=ViewKind.FILTER, page=page)
    former = next((view for view in known if view.is_mine and view.name == name), None)
    try:
        with transaction():
            operations.keep_view(
                access=access,
                kind=ViewKind.FILTER,
                page=page,
                name=name,
                content={"query": query},
                at=utc_now(),
            )
        tell(_kept(former) if former else Notice(text=gettext("%(name)s is kept.", name=name)))
    except InvalidInputError as problem:
        said = [gettext(text) for reasons in problem.errors.values() for text in reasons]
        tell(Notice(text=" ".join(said), tone="warn"))
    return redirect(f"{page}?{query}" if query else page)


def _kept(former: ViewRow) -> Notice:
    """Return the notice of filters that took the place of others."""
    query = str(former.content.get("query", ""))
    return Notice(
        text=gettext("%(name)s stands for these filters now.", name=former.name),
        undo_url=url_for(".keep"),
        fields={"page": former.page, "name": former.name, "query": query},
    )


@blueprint.post("/saved-filters/<uuid:view_id>/delete")
@signed_in()
def forget(view_id: UUID) -> ResponseReturnValue:
    """Delete a filter; it can be had back."""
    access, base = current_access(), request.form.get("base", "")
    page = queries.get_view(access=access, view_id=str(view_id)).page

    def forgotten() -> Notice:
        view = operations.forget_view(access=access, view_id=str(view_id), base=base)
        query = str(view.content.get("query", ""))
        return Notice(
            text=gettext("%(name)s is deleted.", name=view.name),
            undo_url=url_for("saved_pages.keep"),
            fields={"page": page, "name": view.name, "query": query},
        )

    carry_out(forgotten)
    return redirect(local_path(page))


def _in_filter_bar(*, path: str) -> str | None:
    access = find_access()
    if access is None:
        return None
    views = queries.list_views(access=access, kind=ViewKind.FILTER, page=path)
    here = _without_passing(request.query_string.decode(errors="replace"))
    if not views and not here:
        return None
    return render_template("saved/filters.html", views=views, query=here, path=path)


def _without_passing(query: str) -> str:
    kept: list[tuple[str, Any]] = [
        (name, value)
        for name, value in parse_qsl(query)
        if name not in _PASSING and value and "\0" not in value
    ]
    return urlencode(sorted(kept))


CONTRIBUTIONS: dict[str, Contributor] = {"filters": _in_filter_bar}
