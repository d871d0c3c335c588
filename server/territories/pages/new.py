"""The form of a new customer: what is like it is told first; with an undo."""

from functools import partial
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.schemas import form
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.transaction import transaction
from server.teams.queries import list_reps
from server.territories.operations import entering
from server.territories.operations.giving import NotARepError
from server.territories.pages.chosen import EDITORS
from server.territories.queries import where_customers_are
from server.web.filters import read_id
from server.web.forms import carry_out, time_of_notice, undoable
from server.web.notices import Notice, tell
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import CustomerClass, Role

blueprint = Blueprint("new_customer_pages", __name__, template_folder="../templates")

_LONGEST_CODE = 80
_ONLY_HERE = ("code", "point", "rep")


@blueprint.get("/customers/new")
@signed_in(*EDITORS)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    empty = dict.fromkeys((*form.names(), *_ONLY_HERE), "")
    return _form(empty | {"customer_class": CustomerClass.C.value})


@blueprint.post("/customers/new")
@signed_in(*EDITORS)
def create() -> ResponseReturnValue:
    """Add a customer, or show the form again with what is wrong or what looks like it."""
    given, at, customer_id = form.typed(_ONLY_HERE), utc_now(), new_id()
    try:
        errors = {}
        if len(given["code"]) > _LONGEST_CODE or "\0" in given["code"]:
            errors["code"] = [gettext("At most %(count)s characters.", count=_LONGEST_CODE)]
        point: tuple[float | None, float | None] = (None, None)
        try:
            point = form.read_point(given["point"])
        except ValueError:
            errors["point"] = [gettext("A point such as -6.17540, 106.82720, or nothing.")]
        values = form.read(given, errors)
        with transaction():
            entering.enter_customer(
                access=current_access(),
                customer_id=customer_id,
                code=given["code"],
                fields=values,
                point=point,
                rep_id=read_id(request.form, "rep") or None,
                apart=request.form.get("apart", "").split("."),
                at=at,
                day=business_today(),
            )
    except entering.LooksAlikeError as problem:
        return _form(given, problem, alike=problem), problem.status
    except entering.CodeTakenError as problem:
        taken = InvalidInputError({"code": [gettext(problem.title)]})
        return _form(given, taken), problem.status
    except NotARepError as problem:
        no_rep = InvalidInputError({"rep": [gettext("Choose a rep who has it from today on.")]})
        return _form(given, no_rep), problem.status
    except ProblemError as problem:
        return _form(given, problem), problem.status
    told = gettext("%(name)s is entered.", name=given["name"])
    tell(undoable(told, url_for(".undo", customer_id=customer_id), at=at))
    return redirect(url_for("customer_pages.show", customer_id=customer_id))


@blueprint.post("/customers/<uuid:customer_id>/entering/undo")
@signed_in(*EDITORS)
def undo(customer_id: UUID) -> ResponseReturnValue:
    """Take a customer back that was entered a moment ago."""
    take_back = partial(
        entering.undo_entering,
        access=current_access(),
        customer_id=str(customer_id),
        done_at=time_of_notice(),
        at=utc_now(),
    )

    def undone() -> Notice:
        take_back()
        return Notice(text=gettext("The customer is taken back, and its code is free again."))

    if carry_out(undone):
        return redirect(url_for("customers_pages.index"))
    return redirect(url_for("customer_pages.show", customer_id=customer_id))


def _form(
    given: dict[str, str],
    problem: ProblemError | None = None,
    alike: entering.LooksAlikeError | None = None,
) -> str:
    access = current_access()
    return render_template(
        "territories/new.html",
        reps=list_reps(access=access, day=business_today()),
        may_have_none=access.role is Role.ADMIN,
        longest_code=_LONGEST_CODE,
        alike=alike.alike if alike else (),
        own_values={},
        problem=gettext(problem.title) if problem else "",
        map={"track": [], "others": [], "events": [], "near": where_customers_are(access=access)},
        tiles=current_app.config["MAP_TILES_URL"],
        **form.for_template(given, problem),
    )
