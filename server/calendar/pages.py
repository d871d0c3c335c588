"""The holidays of a year; an administrator enters own ones and takes out days that are worked."""

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.calendar import operations, queries
from server.calendar.models import Holiday
from server.calendar.operations import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, HolidayError
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.organisation import organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web import formats
from server.web.forms import carry_out, expect_stamp, stamp
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint("calendar_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="calendar_pages.index",
        label=N_("Holidays"),
        icon="calendar-star",
        position=17,
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    ),
)


@blueprint.get("/holidays")
@signed_in()
def index() -> ResponseReturnValue:
    """List the holidays of a year."""
    return _show(_year(request.args.get("year", "")))


@blueprint.post("/holidays")
@signed_in(Role.ADMIN)
def add() -> ResponseReturnValue:
    """Enter a holiday, or show the form again with what is wrong."""
    access = current_access()
    try:
        day = _read_day(request.form.get("day", ""))
        with transaction():
            operations.add_holiday(
                day=day, name=request.form.get("name", ""), at=utc_now(), by=access.user_id
            )
    except ProblemError as problem:
        return _show(_year(request.form.get("year", "")), problem), problem.status
    tell(
        Notice(
            text=gettext("The holiday is entered."),
            undo_url=url_for(".remove", day=day.isoformat()),
            fields={"base": _base(day)},
        )
    )
    return redirect(url_for(".index", year=day.year))


@blueprint.post("/holidays/<day>/remove")
@signed_in(Role.ADMIN)
def remove(day: str) -> ResponseReturnValue:
    """Make a holiday a working day."""
    return _change(
        day, operations.remove_holiday, told=N_("%(name)s is a working day now."), undo=".restore"
    )


def _change(
    day: str, change: Callable[..., Holiday], *, told: str, undo: str
) -> ResponseReturnValue:
    """Do what a button beside a day says, where the day still is what was seen."""
    found = _day_of_address(day)

    def changed() -> Notice:
        expect_stamp(queries.said_of(access=current_access(), day=found))
        row = change(day=found, at=utc_now(), by=current_access().user_id)
        return Notice(
            text=gettext(told, name=row.name),
            undo_url=url_for(undo, day=day),
            fields={"base": _base(found)},
        )

    carry_out(changed)
    return redirect(url_for(".index", year=found.year))


@blueprint.post("/holidays/<day>/restore")
@signed_in(Role.ADMIN)
def restore(day: str) -> ResponseReturnValue:
    """Bring back a holiday that was taken out."""
    return _change(
        day, operations.restore_holiday, told=N_("%(name)s is a holiday again."), undo=".remove"
    )


def _base(day: dt.date) -> str:
    return stamp(queries.said_of(access=current_access(), day=day))


def _show(year: int, problem: ProblemError | None = None) -> str:
    access = current_access()
    settings = current_settings()
    return render_template(
        "calendar/index.html",
        year=year,
        years=(FIRST_YEAR, LAST_YEAR),
        calendar=queries.get_calendar(access=access, period=Period.year(year)),
        country=_country(settings.holidays),
        may_change=access.role is Role.ADMIN,
        typed=request.form,
        working_week=formats.weekdays_of(
            organisation().work_rules.week.on(business_today()), language=current_language()
        ),
        base=lambda row, is_worked: stamp((row.name, row.own, is_worked)),
        longest=LONGEST_NAME,
        problem=gettext(problem.title) if problem else "",
    )


def _country(code: str) -> str:
    if code.lower() == operations.NO_COUNTRY:
        return ""
    names = formats.locale_of(current_language()).territories
    return str(names.get(code.upper().partition("-")[0], code))


def _year(text: str) -> int:
    today = business_today()
    known = text.isascii() and text.isdigit() and len(text) <= len(str(LAST_YEAR))
    return min(max(int(text), FIRST_YEAR), LAST_YEAR) if known else today.year


def _read_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise HolidayError from None


def _day_of_address(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFoundError from None
