"""What a company says of itself while the server runs; what it leaves open comes from the settings.

Time zone and currency are not here: every number that was ever counted rests on them.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from server.platform import audit
from server.platform.database import Model, UtcDateTime, db
from server.platform.prepared import Prepared
from server.platform.settings import current_settings
from server.platform.versioned import Counted
from shared.sync.enrolment import USUAL_HOURS
from shared.working import WorkRules

_THE_ROW = 1


class OrganisationRow(Counted, Model):
    """One row at most; empty and None mean that the deployment's setting counts."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(5), default="")
    geofence_radius_m: Mapped[int | None]
    track_retention_days: Mapped[int | None]
    checklist_dismissed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    day_starts: Mapped[str] = mapped_column(String(5), default="", server_default="")
    day_ends: Mapped[str] = mapped_column(String(5), default="", server_default="")
    """`hh:mm`, as a clock shows it where the rep is."""
    working_weekdays: Mapped[Any] = mapped_column(JSON(none_as_null=True))
    visit_weeks: Mapped[Any] = mapped_column(JSON(none_as_null=True))
    idle_minutes: Mapped[Any] = mapped_column(JSON(none_as_null=True))
    """All three as `shared.working.WorkRules` writes them."""


def _said(text: str, *, at_first: str) -> dict[str, str]:
    return {"help": text, "at_first": at_first}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What counts now. What has a help is on the page of settings, and in `docs/settings.md`."""

    name: str = field(
        metadata=_said("Name of the company, which stands in the menu.", at_first="–")
    )
    language: str = field(
        metadata=_said(
            "What new people start with; empty: what their browser asks for.", at_first="–"
        )
    )
    geofence_radius_m: int = field(
        metadata=_said(
            "Radius of the geofence of customers without one of their own, metres.",
            at_first="`TAPAK_GEOFENCE_RADIUS_M`",
        )
    )
    track_retention_days: int = field(
        metadata=_said("Days the tracks of reps are kept.", at_first="`TAPAK_TRACK_RETENTION_DAYS`")
    )
    day_starts: str = field(
        metadata=_said(
            "Beginning of the working hours: phones remind of a day that has not begun.",
            at_first=f"`{USUAL_HOURS[0]}`",
        )
    )
    day_ends: str = field(
        metadata=_said(
            "End of the working hours: phones remind of a day that has not ended.",
            at_first=f"`{USUAL_HOURS[1]}`",
        )
    )
    work_rules: WorkRules = field(
        metadata=_said(
            "Weekdays worked, and weeks from one visit to the next for customers of class A, B "
            "and C, minutes of standing still that are idle, each from a day on: pace, targets of "
            "a part of a month, visit frequency, proposed plans and idle time follow them.",
            at_first="Monday to Saturday; 1, 2, 4; 5",
        )
    )
    checklist_dismissed: bool
    version: int


def organisation() -> Organisation:
    """Return what counts now; a request that asks again gets the same answer."""
    if not has_request_context():
        return _read()
    if "organisation" not in g:
        g.organisation = _read()
    known: Organisation = g.organisation
    return known


def read_work_rules() -> WorkRules:
    """
    Return what the company decides about its work, as it is written now.

    For numbers that are kept under a version: what a request learnt earlier may be older than that.
    """
    return _read().work_rules


def _read() -> Organisation:
    settings = current_settings()
    name, language, radius_m, days, starts, ends, *rules, dismissed_at, version = (
        _READ.first() or _NOTHING_SAID
    )
    return Organisation(
        name=name,
        language=language,
        geofence_radius_m=radius_m or settings.geofence_radius_m,
        track_retention_days=days or settings.track_retention_days,
        day_starts=starts or USUAL_HOURS[0],
        day_ends=ends or USUAL_HOURS[1],
        work_rules=WorkRules.from_wire(dict(zip(_RULES, rules, strict=True))),
        checklist_dismissed=dismissed_at is not None,
        version=version,
    )


# Made once: every page shows the name.
_READ = Prepared(
    lambda: select(
        OrganisationRow.name,
        OrganisationRow.language,
        OrganisationRow.geofence_radius_m,
        OrganisationRow.track_retention_days,
        OrganisationRow.day_starts,
        OrganisationRow.day_ends,
        OrganisationRow.working_weekdays,
        OrganisationRow.visit_weeks,
        OrganisationRow.idle_minutes,
        OrganisationRow.checklist_dismissed_at,
        OrganisationRow.version,
    ).where(OrganisationRow.id == _THE_ROW)
)
_NOTHING_SAID = ("", "", None, None, "", "", None, None, None, None, 0)
_RULES = ("working_weekdays", "visit_weeks", "idle_minutes")


def change_organisation(
    *, fields: dict[str, Any], at: dt.datetime, by: str, base: str | None = None
) -> int:
    """
    Change what the company says; return how many things changed.

    :param base: the version that a form was made from; None: whatever it is
    :raises ChangedMeanwhileError: if it has another version by now
    """
    row = db.session.get(OrganisationRow, _THE_ROW, with_for_update=True, populate_existing=True)
    if row is None:
        row = OrganisationRow(
            id=_THE_ROW, name="", language="", day_starts="", day_ends="", version=0
        )
        db.session.add(row)
    if base is not None:
        row.expect(base)
    changed = row.set_fields(fields)
    g.pop("organisation", None)
    if changed:
        audit.record(
            action="settings.changed",
            at=at,
            user_id=by,
            subject="organisation",
            **{
                name: [
                    value.isoformat() if isinstance(value, dt.datetime) else value
                    for value in values
                ]
                for name, values in changed.items()
            },
        )
    return len(changed)
