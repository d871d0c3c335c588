"""The working calendar for programs; everybody may read it, administrators change it."""

import datetime as dt
from typing import Any

from flask_smorest import Blueprint

from server.calendar import operations, queries
from server.calendar.models import Holiday
from server.calendar.queries import Calendar
from server.calendar.schemas import CalendarSchema, HolidaySchema, YearSchema
from server.platform.auth import current_access, signed_in
from server.platform.errors import NotFoundError
from server.platform.transaction import transaction
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "calendar",
    __name__,
    url_prefix="/api/v1/holidays",
    description="Days on which nobody works. Targets and pace are prorated by the others.",
)


@blueprint.get("")
@signed_in()
@blueprint.arguments(YearSchema, location="query")
@blueprint.response(200, CalendarSchema)
def list_holidays(query: dict[str, Any]) -> Calendar:
    """Return the holidays of a year."""
    return queries.get_calendar(access=current_access(), period=Period.year(query["year"]))


@blueprint.post("")
@signed_in(Role.ADMIN)
@blueprint.arguments(HolidaySchema)
@blueprint.response(201, HolidaySchema)
def add_holiday(body: dict[str, Any]) -> Holiday:
    """Enter a holiday of the company's own."""
    with transaction():
        return operations.add_holiday(**body, at=utc_now(), by=current_access().user_id)


@blueprint.delete("/<string:day>")
@signed_in(Role.ADMIN)
@blueprint.response(204)
def remove_holiday(day: str) -> None:
    """Make a holiday a working day; the country's calendar does not bring it back."""
    with transaction():
        operations.remove_holiday(day=_day(day), at=utc_now(), by=current_access().user_id)


@blueprint.post("/<string:day>/restore")
@signed_in(Role.ADMIN)
@blueprint.response(200, HolidaySchema)
def restore_holiday(day: str) -> Holiday:
    """Bring back a holiday that was taken out."""
    with transaction():
        return operations.restore_holiday(day=_day(day), at=utc_now(), by=current_access().user_id)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFoundError from None
