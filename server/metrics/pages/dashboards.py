"""Dashboards of one's own: which numbers the overview shows, in which order and size, for whom."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.platform.auth import current_access, signed_in
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.transaction import transaction
from server.saved import operations, queries
from server.saved.models import SavedView, ViewKind
from server.saved.queries import ViewRow
from server.teams.queries import list_teams
from server.web.catalogue import all_metrics
from server.web.filters import read_id
from server.web.forms import carry_out, saved
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.metrics.catalog import METRICS
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("dashboard_pages", __name__, template_folder="../templates")

PAGE = "/"
SIZES = (1, 2, 4)
MOST_TILES = 40
# The catalogue is in an order: a topic goes from its first metric to the next topic's.
_TOPICS = {
    "revenue": N_("Sales"),
    "target_attainment": N_("Targets"),
    "lead_to_opportunity_rate": N_("Conversion"),
    "sales_cycle_length": N_("Sales cycle"),
    "customer_acquisition_cost": N_("Customers"),
    "opportunities": N_("Pipeline"),
    "calls": N_("Visits"),
    "no_sale_share": N_("Why nothing was sold"),
    "coverage": N_("Coverage"),
    "days_worked": N_("Time and travel"),
}
_OWN = N_("Own KPIs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A metric in the form."""

    key: str
    name: str
    topic: str
    order: int
    """Its place in the catalogue."""
    is_chosen: bool
    place: int
    size: int


@blueprint.get("/dashboards/new")
@signed_in()
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None, {"tiles": []}, name="", team_id="")


@blueprint.post("/dashboards/new")
@signed_in()
def create() -> ResponseReturnValue:
    """Keep a new dashboard."""
    content, name, team_id = _read()
    try:
        with transaction():
            _some(content)
            view = operations.keep_view(
                access=current_access(),
                kind=ViewKind.DASHBOARD,
                page=PAGE,
                name=name,
                content=content,
                team_id=team_id or None,
                at=utc_now(),
                former_id=read_id(request.form, "former"),
            )
            view_id = view.id
    except InvalidInputError as problem:
        return _form(None, content, name=name, team_id=team_id, problem=problem), problem.status
    tell(Notice(text=gettext("%(name)s is kept.", name=name.strip())))
    return redirect(url_for("metrics_pages.overview", dashboard=view_id))


@blueprint.get("/dashboards/<uuid:view_id>")
@signed_in()
def edit(view_id: UUID) -> ResponseReturnValue:
    """Show the form of a dashboard; that of somebody else can be kept as one's own."""
    view = queries.get_view(access=current_access(), view_id=str(view_id))
    return _form(view, view.content, name=view.name, team_id=view.team_id or "")


@blueprint.post("/dashboards/<uuid:view_id>")
@signed_in()
def save(view_id: UUID) -> ResponseReturnValue:
    """Change a dashboard."""
    content, name, team_id = _read()
    access = current_access()
    view = queries.get_view(access=access, view_id=str(view_id))
    before = _sent(view)
    try:
        with transaction():
            _some(content)
            operations.change_view(
                access=access,
                view_id=view.id,
                base=request.form.get("base", ""),
                name=name,
                content=content,
                team_id=team_id or None,
                at=utc_now(),
            )
    except ProblemError as problem:
        view = queries.get_view(access=access, view_id=str(view_id))
        return _form(view, content, name=name, team_id=team_id, problem=problem), problem.status
    now = queries.get_view(access=access, view_id=str(view_id))
    text, undo_url = gettext("%(name)s is kept.", name=now.name), url_for(".save", view_id=view_id)
    tell(saved(text, undo_url, before=before, after=_sent(now), base=now.version))
    return redirect(url_for("metrics_pages.overview", dashboard=view_id))


@blueprint.post("/dashboards/<uuid:view_id>/delete")
@signed_in()
def delete(view_id: UUID) -> ResponseReturnValue:
    """Delete a dashboard; it can be had back."""

    def deleted() -> Notice:
        base = request.form.get("base", "")
        view = operations.forget_view(access=current_access(), view_id=str(view_id), base=base)
        fields = _sent(view) | {"former": view.id}
        told = gettext("%(name)s is deleted.", name=view.name)
        return Notice(text=told, undo_url=url_for("dashboard_pages.create"), fields=fields)

    if carry_out(deleted):
        return redirect(url_for("metrics_pages.overview"))
    return redirect(url_for(".edit", view_id=view_id))


def chosen_dashboard() -> ViewRow | None:
    """Return the dashboard that the address of the overview names.

    :raises NotFoundError: if there is none that the caller may see
    """
    view_id = read_id(request.args, "dashboard")
    return queries.get_view(access=current_access(), view_id=view_id) if view_id else None


def tiles_of(view: ViewRow | None) -> dict[str, int]:
    """Return the metrics of a dashboard in their order, with their sizes."""
    tiles = view.content.get("tiles", []) if view else []
    return {tile["key"]: int(tile["size"]) for tile in tiles if tile.get("key") in all_metrics()}


def dashboards() -> list[ViewRow]:
    """Return the dashboards to choose from."""
    return queries.list_views(access=current_access(), kind=ViewKind.DASHBOARD, page=PAGE)


def _read() -> tuple[dict[str, Any], str, str]:
    """Return content, name and team of the form; unknown metrics and sizes are left out."""
    form = request.form
    if "tiles" in form:  # of a dashboard as it was before
        pairs = [part.partition(":") for part in form["tiles"].split()]
        chosen = [(key, size) for key, _, size in pairs]
    else:
        keys = sorted(
            form.getlist("tile"), key=lambda key: (_number(form.get(f"place-{key}")), key)
        )
        chosen = [(key, form.get(f"size-{key}", "1")) for key in keys]
    tiles = [
        {"key": key, "size": int(size) if size in {str(each) for each in SIZES} else 1}
        for key, size in dict(chosen).items()
        if key in all_metrics()
    ]
    return {"tiles": tiles[:MOST_TILES]}, form.get("name", ""), read_id(form, "team")


def _sent(view: ViewRow | SavedView) -> dict[str, str]:
    """Return a dashboard as `_read` takes it."""
    tiles = view.content.get("tiles", [])
    words = " ".join(f"{tile['key']}:{tile['size']}" for tile in tiles)
    return {"name": view.name, "team": view.team_id or "", "tiles": words}


def _some(content: dict[str, Any]) -> None:
    if not content["tiles"]:
        raise InvalidInputError({"tile": [gettext("Choose at least one number.")]})


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 999


def _topics() -> dict[str, str]:
    """Return the name of the topic that each metric belongs to, in their order."""
    topics, topic = {}, ""
    for key in all_metrics():
        topic = _TOPICS.get(key, topic) if key in METRICS else _OWN
        topics[key] = gettext(topic)
    return topics


def _form(
    view: ViewRow | None,
    content: dict[str, Any],
    *,
    name: str,
    team_id: str,
    problem: ProblemError | None = None,
) -> str:
    access = current_access()
    chosen = {tile["key"]: (place, tile["size"]) for place, tile in enumerate(content["tiles"], 1)}
    topics = _topics()
    rows = [
        Row(
            key=key,
            name=gettext(metric.name),
            topic=topics[key],
            order=order,
            is_chosen=key in chosen,
            place=chosen[key][0] if key in chosen else 0,
            size=chosen[key][1] if key in chosen else 1,
        )
        for order, (key, metric) in enumerate(all_metrics().items())
    ]
    said = ""
    if isinstance(problem, InvalidInputError):
        said = " ".join(gettext(text) for texts in problem.errors.values() for text in texts)
    elif problem is not None:
        said = gettext(problem.title)
    may_share = access.role in {Role.MANAGER, Role.ADMIN}
    return render_template(
        "metrics/dashboard.html",
        view=view,
        chosen=sorted((row for row in rows if row.is_chosen), key=lambda row: row.place),
        topics={
            topic: [row for row in rows if row.topic == topic]
            for topic in dict.fromkeys(topics.values())
        },
        name=name,
        team_id=team_id,
        teams=list_teams(access=access) if may_share else [],
        problem=said,
        sizes={1: gettext("Usual"), 2: gettext("Twice as wide"), 4: gettext("Whole row")},
    )
