"""Which customers the form of a list or of one customer means, and where it leads back to."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.customers.schemas.lists import read_customer_search
from server.platform.auth import current_access
from server.platform.clock import business_today
from server.platform.versioned import ChangedMeanwhileError
from server.territories.operations.giving import MOST
from server.territories.queries import owners_of
from server.web.filters import read_id
from server.web.links import local_path
from shared.vocabulary import Role

EDITORS = (Role.MANAGER, Role.ADMIN)
"""Who enters, gives, closes and opens customers."""


def seen_customers() -> dict[str, str | None]:
    """
    Return whose the chosen customers were when the form was made, by id.

    :raises ChangedMeanwhileError: if all of a list are meant, and they are not as many any more
    """
    if request.form.get("which") == "all":
        access = current_access()
        search = read_customer_search(access=access, today=business_today(), arguments=request.args)
        owners = owners_of(access=access, where=search.where, most=MOST)
        if len(owners) <= MOST and request.form.get("count") != str(len(owners)):
            raise ChangedMeanwhileError
        return owners
    pairs = (text.partition(".") for text in request.form.getlist("customer"))
    ids = ((read_id({"id": one}, "id"), read_id({"id": other}, "id")) for one, _, other in pairs)
    return {customer_id: owner_id or None for customer_id, owner_id in ids if customer_id}


def back() -> ResponseReturnValue:
    """Lead back to where the form was."""
    wanted = request.form.get("next", "")
    return redirect(local_path(wanted) if wanted else url_for("customers_pages.index"))
