"""Prepares the demo company in the database, and says how to sign in to it."""

import datetime as dt
import shutil
from zoneinfo import ZoneInfo

import click
from sqlalchemy import exists, select

from server.demo.company import DemoLogins, fill_demo, top_up
from server.demo.supervisor import CannotStartError
from server.identity.commands import write_for_the_phone
from server.identity.models import User
from server.identity.operations import create_enrolment_code
from server.metrics.models import StaleDay
from server.photos.operations.files import PhotoFolder
from server.platform.database import db
from server.platform.settings import Settings
from shared.vocabulary import Role

_DATABASE_FILES = ("tapak.db", "tapak.db-wal", "tapak.db-shm")


def forget_everything(settings: Settings) -> None:
    """Delete the database in the data folder, and the phone that was enrolled with it.

    :raises CannotStartError: if the database is not there but on a server
    """
    if not settings.uses_sqlite or settings.database_url:
        raise CannotStartError(
            "--fresh deletes only the SQLite file of the data folder. Empty the database of "
            "TAPAK_DATABASE_URL yourself, or run:  TAPAK_DATABASE_URL= ./run demo --fresh"
        )
    for name in _DATABASE_FILES:
        (settings.data / name).unlink(missing_ok=True)
    phone = settings.data / "phone"
    # Only if it is ours: the data folder may be one with other things in it.
    if (phone / "phone.db").exists():
        shutil.rmtree(phone)


def fill(settings: Settings, *, seed: int, at: dt.datetime) -> DemoLogins | None:
    """Fill an empty database, or let the demo company in it live on until now.

    Return None where the database holds somebody else's company, which stays as it is.
    """
    today = at.astimezone(ZoneInfo(settings.time_zone)).date()
    if db.session.scalar(select(exists(select(User.id)))):
        return top_up(today=today, now=at, photos=PhotoFolder(settings.photos))
    return fill_demo(
        seed=seed,
        today=today,
        now=at,
        zone=settings.time_zone,
        currency=settings.reporting_currency,
        fence_radius_m=settings.geofence_radius_m,
        photos=PhotoFolder(settings.photos),
    )


def is_computed() -> bool:
    """Return whether no day waits to be rebuilt."""
    waiting = db.session.scalar(select(exists(select(StaleDay.rep_id))))
    db.session.rollback()
    return not waiting


def describe(settings: Settings, logins: DemoLogins, *, at: dt.datetime) -> list[str]:
    """Return the lines that say how to sign in; lay a code down for the phone."""
    rep = db.session.scalars(select(User).where(User.code == logins.phone_rep_code)).one()
    code = create_enrolment_code(user_id=rep.id, at=at, by=None)
    write_for_the_phone(settings, code)
    people = [person for person in logins.people if person.role is not Role.REP]
    reps = [person.code for person in logins.people if person.role is Role.REP]
    width = max(len(person.code) for person in people)
    lines = [f"Sign in with the password {logins.password} as"]
    lines += [f"  {person.code:<{width}}  {person.name} ({person.role})" for person in people]
    lines.append(f"  or as a rep, who sees own work only: {', '.join(reps)}")
    lines.append(f"Try the phone of {rep.name}, in another terminal:  ./run phone")
    return [click.style(lines[0], bold=True), *lines[1:]]
