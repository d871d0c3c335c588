"""What a new company does first, on the overview of administrators until it is done."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.admin import queries
from server.platform.auth import current_access, find_access, signed_in
from server.platform.organisation import change_organisation, organisation
from server.platform.transaction import transaction
from server.web.contributions import Contributor
from server.web.notices import Notice, tell
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("first_steps_pages", __name__, template_folder="../templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do, ticked by what is really there."""

    name: str
    hint: str
    href: str
    is_done: bool


@blueprint.get("/first-steps")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the list, also after it was put away."""
    steps = _steps()
    return render_template("admin/first_steps.html", steps=steps, done=_done(steps))


@blueprint.post("/first-steps/dismiss")
@signed_in(Role.ADMIN)
def dismiss() -> ResponseReturnValue:
    """Put the list away, or show it on the overview again."""
    away = request.form.get("away", "yes") == "yes"
    now = utc_now()
    with transaction():
        change_organisation(
            fields={"checklist_dismissed_at": now if away else None},
            at=now,
            by=current_access().user_id,
        )
    if away:
        tell(
            Notice(
                text=gettext("The first steps are put away."),
                undo_url=url_for(".dismiss"),
                fields={"away": ""},
            )
        )
    return redirect("/")


def _card() -> str | None:
    """Show on the overview what is still to be done."""
    access = find_access()
    if access is None or access.role is not Role.ADMIN or organisation().checklist_dismissed:
        return None
    steps = _steps()
    if _done(steps) == len(steps):
        return None
    return render_template("admin/first_steps_card.html", steps=steps, done=_done(steps))


def _done(steps: list[Step]) -> int:
    return sum(step.is_done for step in steps)


def _steps() -> list[Step]:
    have = queries.first_steps(access=current_access())
    return [
        Step(
            name=gettext("Make teams"),
            hint=gettext("One for each group of reps; a region is a team with teams below."),
            href=url_for("team_pages.index"),
            is_done=have.teams,
        ),
        Step(
            name=gettext("Add managers and let them lead a team"),
            hint=gettext("Each gets a link to choose a password, and sees own teams only."),
            href=url_for("person_pages.new", role="manager"),
            is_done=have.managers,
        ),
        Step(
            name=gettext("Add reps"),
            hint=gettext("One by one, or from a spreadsheet."),
            href=url_for("person_pages.new"),
            is_done=have.reps,
        ),
        Step(
            name=gettext("Import products"),
            hint=gettext("With prices, so that orders can be taken."),
            href=url_for("imports_pages.index", mapping="products"),
            is_done=have.products,
        ),
        Step(
            name=gettext("Import customers"),
            hint=gettext(
                "With class, owner and position; without one, the first visit proposes it."
            ),
            href=url_for("imports_pages.index", mapping="customers"),
            is_done=have.customers,
        ),
        Step(
            name=gettext("Plan a week"),
            hint=gettext("Proposed from how often each class is visited; phones get it at once."),
            href=url_for("planning_pages.index"),
            is_done=have.plans,
        ),
        Step(
            name=gettext("Set targets"),
            hint=gettext("Each month's, for a rep or a team; the pace follows the working days."),
            href=url_for("target_pages.index"),
            is_done=have.targets,
        ),
        Step(
            name=gettext("Enrol a phone"),
            hint=gettext("Make a code on a person's page, and type it in the app."),
            href=url_for("people_pages.index", role="rep"),
            is_done=have.phones,
        ),
    ]


CONTRIBUTIONS: dict[str, Contributor] = {"overview": _card}
