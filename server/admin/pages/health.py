"""Whether everything is running, and what waits: for administrators."""

import datetime as dt
import shutil
import time
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import text

import server
from server.admin import queries
from server.admin.queries import Backlog
from server.platform.auth import current_access, signed_in
from server.platform.database import db, is_postgresql
from server.platform.queues import QueueState, queue_state
from server.platform.settings import current_settings
from server.web import formats
from server.web.languages import current_language
from server.web.navigation import Entry
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("health_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="health_pages.index",
        label=N_("Health"),
        icon="heart-pulse",
        position=96,
        roles=frozenset({Role.ADMIN}),
    ),
)
_ROOT = Path(server.__file__).resolve().parents[1]
_GOOD, _WARN, _BAD, _UNKNOWN = "good", "warn", "bad", "unknown"
SILENT = dt.timedelta(hours=24)
_SLOW_S = 0.2
_OLD = dt.timedelta(minutes=10)
_HEALED_WITHIN = dt.timedelta(hours=50)
_MANY_JOBS = 100
_LEAST_FREE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is looked at."""

    name: str
    tone: str
    value: str
    hint: str = ""
    """What it means and what to do, where something is to be done."""
    href: str = ""


@blueprint.get("/health")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Look at everything now."""
    now = utc_now()
    backlog = queries.backlog(access=current_access(), silent_since=now - SILENT)
    checks = [
        _database(),
        *_queues(queue_state(), now),
        *_work(backlog, now),
        _phones(backlog),
        _disk(),
        _version(backlog),
    ]
    worst = next((tone for tone in (_BAD, _WARN) if any(c.tone == tone for c in checks)), _GOOD)
    return render_template("admin/health.html", checks=checks, worst=worst, now=now)


def _database() -> Check:
    started = time.perf_counter()
    db.session.execute(text("SELECT 1"))
    took_s = time.perf_counter() - started
    bytes_ = db.session.scalar(
        text("SELECT pg_database_size(current_database())")
        if is_postgresql()
        else text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    )
    return Check(
        name=gettext("Database"),
        tone=_GOOD if took_s < _SLOW_S else _WARN,
        value=gettext(
            "%(kind)s, %(size)s, answered in %(count)s ms",
            kind="PostgreSQL" if is_postgresql() else "SQLite",
            size=_size(int(bytes_ or 0)),
            count=_number(took_s * 1000, 1),
        ),
        hint="" if took_s < _SLOW_S else gettext("It answers slowly: look at the machine's load."),
    )


def _queues(state: QueueState | None, now: dt.datetime) -> list[Check]:
    if state is None:
        return [
            Check(
                name=gettext("Redis"),
                tone=_BAD,
                value=gettext("does not answer"),
                hint=gettext("Nothing is lost, but new numbers and imports wait. Start it again."),
            )
        ]
    waiting = sum(state.waiting.values())
    healed_at = state.done.get("heal_rollups")
    is_healed = healed_at is not None and now - healed_at < _HEALED_WITHIN
    return [
        Check(name=gettext("Redis"), tone=_GOOD, value=gettext("answers")),
        Check(
            name=gettext("Jobs waiting"),
            tone=_GOOD if waiting < _MANY_JOBS else _WARN,
            value=_number(waiting),
            hint="" if waiting < _MANY_JOBS else gettext("Start another worker."),
        ),
        Check(
            name=gettext("Jobs failed in the last hour"),
            tone=_WARN if state.failed else _GOOD,
            value=_number(state.failed),
            hint=gettext("The worker's log says why. They are tried again by themselves.")
            if state.failed
            else "",
        ),
        Check(
            name=gettext("Workers"),
            tone=_GOOD if state.workers else _BAD,
            value=_number(state.workers),
            hint="" if state.workers else gettext("No numbers are counted: start a worker."),
        ),
        Check(
            name=gettext("Scheduler"),
            tone=_GOOD if state.scheduler else _BAD,
            value=state.scheduler or gettext("gives no sign of life"),
            hint="" if state.scheduler else gettext("Nothing happens by itself: start it."),
        ),
        Check(
            name=gettext("Numbers compared with the records"),
            tone=_GOOD if is_healed else _UNKNOWN,
            value=_ago(healed_at, now) if healed_at else gettext("not yet"),
            hint=gettext("Done each night; what differs is counted again."),
        ),
    ]


def _work(backlog: Backlog, now: dt.datetime) -> list[Check]:
    oldest = backlog.oldest_stale_at
    is_late = oldest is not None and now - oldest > _OLD
    return [
        Check(
            name=gettext("Days to count again"),
            tone=_WARN if is_late else _GOOD,
            value=_number(backlog.stale_days)
            + (gettext(", the oldest %(ago)s", ago=_ago(oldest, now)) if oldest else ""),
            hint=gettext("The worker does not keep up: start another one.") if is_late else "",
        ),
        Check(
            name=gettext("Days to look at for signals"),
            tone=_GOOD,
            value=_number(backlog.unexamined_days),
        ),
    ]


def _phones(backlog: Backlog) -> Check:
    silent = backlog.silent_phones
    text_ = ngettext(
        "%(num)s of %(total)s phone has not synced for a day",
        "%(num)s of %(total)s phones have not synced for a day",
        silent,
        total=_number(backlog.phones),
    )
    return Check(
        name=gettext("Phones"),
        tone=_WARN if silent else _GOOD,
        value=text_,
        href=url_for("identity_pages.devices", silent="1"),
    )


def _disk() -> Check:
    usage = shutil.disk_usage(current_settings().data)
    is_full = usage.free < usage.total * _LEAST_FREE
    return Check(
        name=gettext("Disk"),
        tone=_BAD if is_full else _GOOD,
        value=gettext(
            "%(free)s of %(total)s free", free=_size(usage.free), total=_size(usage.total)
        ),
        hint=gettext("Make room soon: without it nothing can be recorded.") if is_full else "",
    )


def _version(backlog: Backlog) -> Check:
    newest = max(path.name[:4] for path in (_ROOT / "server/migrations/versions").glob("0*.py"))
    is_fresh = backlog.revision == newest
    return Check(
        name=gettext("Version"),
        tone=_GOOD if is_fresh else _BAD,
        value=gettext(
            "Tapak %(version)s, tables %(revision)s",
            version=_own_version(),
            revision=backlog.revision,
        ),
        hint="" if is_fresh else gettext("The tables are older than the program: migrate them."),
    )


@cache
def _own_version() -> str:
    try:
        with (_ROOT / "pyproject.toml").open("rb") as file:
            return str(tomllib.load(file)["project"]["version"])
    except OSError:
        return "–"


def _size(bytes_: int) -> str:
    megabytes = bytes_ / 1_000_000
    if megabytes < 1000:
        return _number(megabytes) + formats.NO_BREAK_SPACE + "MB"
    return _number(megabytes / 1000, 1) + formats.NO_BREAK_SPACE + "GB"


def _number(value: float, decimals: int = 0) -> str:
    return formats.number(value, decimals, language=current_language())


def _ago(instant: dt.datetime, now: dt.datetime) -> str:
    return formats.ago(instant, now, language=current_language())
