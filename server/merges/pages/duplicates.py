"""Pages on which customers that are one become one: what looks alike, side by side, and undo."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.queries.customer import CustomerDetail, get_customer_detail
from server.customers.queries.customers import CustomerFilter, CustomerRow, list_customers
from server.merges import operations, queries
from server.merges.queries import Likeness
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.reporting import reporting
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web.components import CustomerFigures
from server.web.contributions import Contributor, contributions
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.geo import Position, distance_m
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("merges_pages", __name__, template_folder="../templates")

MERGERS = (Role.MANAGER, Role.ADMIN)
NAVIGATION = (
    Entry(
        endpoint="merges_pages.index",
        label=N_("Duplicates"),
        icon="merge",
        position=33,
        roles=frozenset(MERGERS),
        features=("merged_pages",),
    ),
)
LIKENESSES = {
    Likeness.PHONE: N_("Same phone number"),
    Likeness.NAME: N_("Same name in the same city"),
    Likeness.PLACE: N_("Same spot, to about 28 m"),
}
LABELS = {
    "name": N_("Name"),
    "customer_class": N_("Class"),
    "sector": N_("Sector"),
    "contact_name": N_("Contact"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "address": N_("Address"),
    "city": N_("City"),
    "notes": N_("Notes"),
    "point": N_("Point"),
    "radius_m": N_("Fence radius (m)"),
    "currency": N_("Currency of orders"),
    "owner": N_("Rep"),
}
_LOSER = "loser"
_MOST_FOUND = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A field of two customers, side by side."""

    name: str
    label: str
    survivor: str
    loser: str
    takes_loser: bool

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.survivor != self.loser


@blueprint.get("/customers/duplicates")
@signed_in(*MERGERS)
def index() -> ResponseReturnValue:
    """List customers that look like one."""
    return _index()


@blueprint.get(f"/customers/duplicates.{ROUTE}")
@signed_in(*MERGERS)
def export(kind: str) -> ResponseReturnValue:
    """Download all customers that look like one, a number for each group."""
    likeness = _likeness(request.args.get("like", ""))
    header = [
        gettext("Group"),
        gettext("Code"),
        gettext("Customer"),
        gettext("Phone"),
        gettext("Address"),
        gettext("City"),
        gettext("Rep"),
        gettext("Apart (m)"),
    ]
    groups = queries.each_group(access=current_access(), likeness=likeness)
    rows = (
        [
            number,
            member.code,
            member.name,
            member.phone,
            member.address,
            member.city,
            member.owner_name,
            None if (apart := _apart(group.members[0], member)) is None else round(apart),
        ]
        for number, group in enumerate(groups, start=1)
        for member in group.members
    )
    return download(f"tapak-duplicates-{business_today()}", header, rows, kind=kind)


@blueprint.post("/customers/duplicates/different")
@signed_in(*MERGERS)
def keep_apart() -> ResponseReturnValue:
    """Note that a group is of different customers, or take that back."""
    likeness, access = _likeness(request.form.get("like", "")), current_access()
    key = request.form.get("key", "").replace("\0", "")[:400]
    if request.form.get("different", "yes") == "yes":
        with transaction():
            operations.keep_apart(access=access, likeness=likeness, key=key, at=utc_now())
        tell(
            Notice(
                text=gettext("Noted: they are different customers."),
                undo_url=url_for(".keep_apart"),
                fields={"like": likeness, "key": key, "different": ""},
            )
        )
    else:
        with transaction():
            operations.keep_together(access=access, likeness=likeness, key=key)
        tell(Notice(text=gettext("They are in the list again.")))
    return redirect(url_for(".index", like=likeness))


@blueprint.get("/customers/<uuid:customer_id>/merge")
@signed_in(*MERGERS)
def compare(customer_id: UUID) -> ResponseReturnValue:
    """Show two customers side by side, or look for the other one."""
    return _compare(str(customer_id), read_id(request.args, "with"))


@blueprint.post("/customers/<uuid:customer_id>/merge")
@signed_in(*MERGERS)
def merge(customer_id: UUID) -> ResponseReturnValue:
    """Do it; show both again where one has changed meanwhile."""
    loser_id = read_id(request.form, "with")
    if not loser_id:
        raise NotFoundError
    take = {name for name in operations.CHOICES if request.form.get(name) == _LOSER}
    try:
        with transaction():
            made = operations.merge(
                access=current_access(),
                survivor_id=str(customer_id),
                loser_id=loser_id,
                seen=(request.form.get("survivor", ""), request.form.get("loser", "")),
                take=take,
                at=utc_now(),
                day=business_today(),
            )
            merge_id = made.id
    except ProblemError as problem:
        if problem.status == NotFoundError.status:
            raise NotFoundError from problem
        return _compare(str(customer_id), loser_id, take, gettext(problem.title)), problem.status
    tell(
        Notice(
            text=gettext("They are one customer now, with everything that was done at both."),
            undo_url=url_for("merged_pages.undo", merge_id=merge_id),
        )
    )
    return redirect(url_for("customer_pages.show", customer_id=customer_id))


def _index() -> str:
    likeness = _likeness(request.args.get("like", ""))
    found = queries.list_groups(
        access=current_access(),
        likeness=likeness,
        after=request.args.get("after", "").replace("\0", "")[:400],
    )
    ids = [member.id for group in found.groups for member in group.members]
    return render_template(
        "merges/index.html",
        found=found,
        likeness=likeness,
        likenesses=choice(
            "like",
            gettext("What is the same"),
            {str(each): gettext(label) for each, label in LIKENESSES.items() if each != _FIRST},
            arguments=request.args,
            everything=gettext(LIKENESSES[_FIRST]),
        ),
        figures=_figures(ids),
        distances={
            member.id: _apart(group.members[0], member)
            for group in found.groups
            for member in group.members[1:]
        },
    )


_FIRST = Likeness.PHONE


def _likeness(text: str) -> Likeness:
    return Likeness(text) if text in set(Likeness) else _FIRST


def _compare(
    survivor_id: str, loser_id: str, take: set[str] | None = None, problem: str = ""
) -> str:
    access, today = current_access(), business_today()
    survivor = get_customer_detail(access=access, customer_id=survivor_id)
    text = request.args.get("q", "").replace("\0", "").strip()[:80]
    if not loser_id or loser_id == survivor_id:
        where = CustomerFilter(search=text or _first_word(survivor.row.name))
        found = list_customers(access=access, where=where, size=_MOST_FOUND + 1).rows
        others = [row for row in found if row.id != survivor_id][:_MOST_FOUND]
        return render_template(
            "merges/choose.html", customer=survivor.row, others=others, text=where.search
        )
    loser = get_customer_detail(access=access, customer_id=loser_id)
    settings = current_settings()
    sides = [
        {
            "detail": detail,
            "weight": queries.weigh(access=access, customer_id=detail.row.id, today=today),
        }
        for detail in (survivor, loser)
    ]
    return render_template(
        "merges/compare.html",
        survivor=survivor.row,
        loser=loser.row,
        sides=sides,
        lines=_lines(survivor, loser, take),
        apart=_apart(survivor.row, loser.row),
        problem=problem,
        zone=settings.time_zone,
    )


def _lines(survivor: CustomerDetail, loser: CustomerDetail, take: set[str] | None) -> list[Line]:
    values = {name: (_text(survivor, name), _text(loser, name)) for name in operations.CHOICES}
    return [
        Line(
            name=name,
            label=gettext(LABELS[name]),
            survivor=of_survivor,
            loser=of_loser,
            takes_loser=name in take if take is not None else bool(of_loser and not of_survivor),
        )
        for name, (of_survivor, of_loser) in values.items()
        # The currency of orders is never unknown, so alike it is no choice.
        if (of_survivor or of_loser) and (name != "currency" or of_survivor != of_loser)
    ]


def _text(detail: CustomerDetail, name: str) -> str:
    row = detail.row
    match name:
        case "point":
            return "" if row.latitude is None else f"{row.latitude:.5f}, {row.longitude:.5f}"
        case "owner":
            return row.owner_name or ""
        case "currency":
            return row.currency or reporting().currency
        case "radius_m":
            return "" if detail.radius_m is None else str(detail.radius_m)
    value: Any = getattr(row, name, None)
    return str(getattr(detail, name, "") if value is None else value)


def _figures(customer_ids: list[str]) -> dict[str, CustomerFigures]:
    merged: dict[str, CustomerFigures] = {}
    for figures in contributions("customers.figures", customer_ids=customer_ids):
        merged |= figures
    return merged


def _apart(one: Any, other: Any) -> float | None:
    """Return the metres between two customers; None where one has no point."""
    if None in (one.latitude, other.latitude):
        return None
    return distance_m(
        Position(one.latitude, one.longitude), Position(other.latitude, other.longitude)
    )


def _first_word(name: str) -> str:
    return max(name.split(), key=len, default="")


def _link_at_customer(*, customer: CustomerRow) -> str | None:
    if current_access().role not in MERGERS:
        return None
    return render_template("merges/customer.html", customer_id=customer.id)


CONTRIBUTIONS: dict[str, Contributor] = {"customer.actions": _link_at_customer}
