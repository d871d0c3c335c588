"""Fills the database with a believable company, once, and lets it live on day by day."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from server.calendar.models import Holiday
from server.customers.models import Customer, LocationProposal
from server.deals.models import Deal, DealLine, Stage, StageChange
from server.demo import books, calls, form, pipeline, plans
from server.demo.blueprint import PLANNED_AHEAD_DAYS, Company, Size
from server.demo.catalogue import add_products
from server.demo.days import work
from server.demo.disagreements import add_disagreements
from server.demo.errands import DECIDED_WITHIN, PHOTO_DAYS, add_errands, add_photos
from server.demo.exports import add_exports
from server.demo.fields import add_fields, values_of
from server.demo.people import Rep, add_people, add_phones, admin_id
from server.demo.rates import add_rates
from server.demo.roster import ADMIN, PHONE_REP, TEAMS
from server.demo.rows import Rows
from server.demo.territory import add_customers, add_doubles, add_proposals
from server.demo.tracks import add_track
from server.expenses.models import Expense
from server.fields.models import FieldRow
from server.forms.models import FormQuestion
from server.metrics.models import Target
from server.photos.models import Photo
from server.photos.operations.files import PhotoFolder
from server.planning.models import JourneyStop
from server.platform import audit
from server.platform.database import Base, db
from server.platform.events import mark_days, record_changed
from server.products.models import Product
from server.tasks.models import Task
from server.visits.models import CheckOut, Visit
from shared.vocabulary import Role

PASSWORD = "tapak-demo"  # noqa: S105 - printed for everybody to try the demo
MARK = "demo.filled"
"""Action of the audit entry that says what the demo company was made from."""


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in."""

    code: str
    name: str
    role: Role


@dataclass(frozen=True)
class DemoLogins:
    """Everybody who can sign in, all with one password, and whose phone to try."""

    password: str
    people: tuple[Login, ...]
    phone_rep_code: str


def fill_demo(
    *,
    seed: int,
    today: dt.date,
    now: dt.datetime,
    zone: str = "Asia/Jakarta",
    currency: str = "IDR",
    fence_radius_m: int = 100,
    size: Size | None = None,
    photos: PhotoFolder | None = None,
) -> DemoLogins:
    """Fill an empty database. The same arguments give the same rows, but for secrets.

    The numbers are left to the workers: every day that has facts is marked stale.

    :param today: local day of `now`; it is done as far as `now`
    :param photos: where the files of photos go; without it there are none
    :param zone: IANA zone of everybody
    """
    company = Company(
        seed=seed,
        founded_on=today,
        size=size or Size(),
        zone=zone,
        currency=currency,
        fence_radius_m=fence_radius_m,
    )
    rows, feed = Rows(), _Feed()
    at = company.opened_at
    record_changed("stage", *db.session.scalars(select(Stage.key)))
    add_people(rows, company.reps, seed=seed, at=at, zone=zone, password=PASSWORD)
    add_products(rows, company.items, at=at)
    own_values = {outlet.id: values_of(outlet, seed=company.seed) for outlet in company.outlets}
    add_customers(rows, company.outlets, own_values, at=at)
    add_doubles(rows, company.outlets, seed=seed, at=now)
    add_proposals(rows, company.outlets, seed=seed, at=now)
    _write(rows, feed)
    for rep in company.reps:
        for day in plans.working_days(company.deals_from, today, today=today):
            if day < company.visits_from:
                calls.add_orders_only(
                    rows, company, work(company, rep, day, _plan(company, rep, day))
                )
        _write(rows, feed)
        for outlet in company.outlets_of(rep):
            if not outlet.is_founding:
                pipeline.add_first_deal(rows, company, outlet, until=now)
        _write(rows, feed)
    _live(
        rows,
        feed,
        company,
        since=company.visits_from,
        known_until=company.deals_from,
        today=today,
        now=now,
        photos=photos,
    )
    _finish(rows, feed, company, today=today, now=now)
    add_disagreements(company, today=today, now=now)
    return logins(company)


def top_up(
    *, today: dt.date, now: dt.datetime, photos: PhotoFolder | None = None
) -> DemoLogins | None:
    """Let the demo company live on until now; None if the database holds no demo company.

    What people have changed meanwhile stays as they left it.
    """
    mark = _find_mark()
    if mark is None:
        return None
    company, filled_until = _company_of(mark), dt.date.fromisoformat(mark["until"])
    if today >= filled_until:
        rows, feed = Rows(), _Feed(touched=_touched())
        # The last day was under way: it is told again, now further or to its end.
        _live(
            rows,
            feed,
            company,
            since=filled_until,
            known_until=filled_until,
            today=today,
            now=now,
            photos=photos,
        )
        _finish(rows, feed, company, today=today, now=now)
    return logins(company)


def logins(company: Company) -> DemoLogins:
    """Return who can sign in."""
    teams = {rep.team_id for rep in company.reps}
    used = [team for team in TEAMS if any(rep.person in team.people for rep in company.reps)]
    assert len(used) == len(teams)
    people = [Login(*ADMIN, Role.ADMIN)]
    people += [Login(*team.manager, Role.MANAGER) for team in used]
    people += [Login(rep.code, rep.person.name, Role.REP) for rep in company.reps]
    return DemoLogins(PASSWORD, tuple(people), PHONE_REP)


class _Feed:
    """Gathers the rows that travel to phones, and keeps what people changed from being undone."""

    _ENTITIES: tuple[tuple[str, type[Base]], ...] = (
        ("customer", Customer),
        ("proposal", LocationProposal),
        ("product", Product),
        ("stop", JourneyStop),
        ("visit", Visit),
        ("deal", Deal),
        ("target", Target),
        ("task", Task),
        ("expense", Expense),
        ("photo", Photo),
        ("form_question", FormQuestion),
        ("custom_field", FieldRow),
    )

    def __init__(self, touched: set[str] | None = None) -> None:
        self._touched = touched or set()
        self._ids: dict[str, list[str]] = {entity: [] for entity, _ in self._ENTITIES}
        self._ids["holiday"] = []

    def take(self, rows: Rows) -> None:
        """Look through rows about to be written."""
        for _, model in self._ENTITIES:
            rows.drop(model, self._touched)
        rows.drop(CheckOut, self._touched, column="visit_id")
        rows.drop(StageChange, self._touched, column="deal_id")
        rows.drop(DealLine, self._touched, column="deal_id")
        for entity, model in self._ENTITIES:
            self._ids[entity] += [row["id"] for row in rows.of(model)]
        self._ids["holiday"] += [row["day"].isoformat() for row in rows.of(Holiday)]

    def announce(self) -> None:
        """Tell who feeds the phones; call when everything is written."""
        for entity, ids in self._ids.items():
            record_changed(entity, *ids)
            ids.clear()


def _plan(company: Company, rep: Rep, day: dt.date) -> list[plans.Stop]:
    return plans.plan_day(company, rep, day)


def _live(
    rows: Rows,
    feed: _Feed,
    company: Company,
    *,
    since: dt.date,
    known_until: dt.date,
    today: dt.date,
    now: dt.datetime,
    photos: PhotoFolder | None,
) -> None:
    """Let every rep plan and work through these days, as far as now.

    :param known_until: deals that moved before this day only are in the database already
    """
    admin = admin_id(seed=company.seed, at=company.opened_at)
    form.add_questions(rows, company, by=admin)
    add_fields(rows, company, by=admin)
    add_rates(rows, company, since=known_until, today=today)
    add_exports(rows, company, since=since, today=today, now=now)
    for rep in company.reps:
        for day in plans.working_days(since, today, today=today):
            # Days on which Tapak runs are left to whoever tries out the phone.
            _live_day(rows, company, rep, day, trial_days={since, today}, now=now, photos=photos)
        _write(rows, feed)
        # What earlier days left open may have been decided meanwhile.
        earlier = max(company.visits_from, since - DECIDED_WITHIN)
        for day in plans.working_days(earlier, since - dt.timedelta(days=1), today=today):
            worked = work(company, rep, day, _plan(company, rep, day))
            add_errands(rows, company, worked, since=company.at(since, 0), until=now)
        _write(rows, feed)
        until = today + dt.timedelta(days=PLANNED_AHEAD_DAYS)
        for day in plans.working_days(today + dt.timedelta(days=1), until, today=today):
            plans.add_stops(rows, company, rep, day, _plan(company, rep, day))
        # Deals go their way for months: every one of them is told again from its beginning.
        for day in plans.working_days(company.deals_from, today, today=today):
            pipeline.add_leads_of_day(
                rows, company, rep, day, since=company.at(known_until, 0), until=now
            )
        _write(rows, feed)


def _live_day(
    rows: Rows,
    company: Company,
    rep: Rep,
    day: dt.date,
    *,
    trial_days: set[dt.date],
    now: dt.datetime,
    photos: PhotoFolder | None,
) -> None:
    stops = _plan(company, rep, day)
    plans.add_stops(rows, company, rep, day, stops)
    if rep.code == PHONE_REP and day in trial_days:
        return
    worked = work(company, rep, day, stops)
    calls.add_calls(rows, company, worked, until=now)
    add_errands(rows, company, worked, since=company.at(day, 0), until=now)
    if photos is not None and (now.date() - day).days <= PHOTO_DAYS:
        add_photos(rows, company, worked, until=now, folder=photos)
    if worked.starts_at <= now:
        add_track(rows, company, worked, until=now)


def _finish(rows: Rows, feed: _Feed, company: Company, *, today: dt.date, now: dt.datetime) -> None:
    add_phones(rows, company.reps, at=company.opened_at, seen_at=now, now=now)
    in_a_year = dt.date(today.year + 1, 12, 31)
    books.add_holidays(rows, first=company.deals_from, last=in_a_year)
    books.add_targets(rows, company, until=today + dt.timedelta(days=40))
    books.add_costs(rows, company, since=company.deals_from, until=today)
    books.add_kilometre_rate(rows, company)
    _write(rows, feed)
    for rep_id in sorted(rows.days):
        mark_days(rep_id, rows.days[rep_id])
    feed.announce()
    until = today.isoformat()
    audit.record(action=MARK, at=now, user_id=None, until=until, **_plain(company))
    db.session.flush()


def _write(rows: Rows, feed: _Feed) -> None:
    feed.take(rows)
    rows.write()


def _plain(company: Company) -> dict[str, Any]:
    return {
        "seed": company.seed,
        "founded_on": company.founded_on.isoformat(),
        "size": asdict(company.size),
        "zone": company.zone,
        "currency": company.currency,
        "fence_radius_m": company.fence_radius_m,
    }


def _company_of(mark: dict[str, Any]) -> Company:
    return Company(
        seed=mark["seed"],
        founded_on=dt.date.fromisoformat(mark["founded_on"]),
        size=Size(**mark["size"]),
        zone=mark["zone"],
        currency=mark["currency"],
        fence_radius_m=mark["fence_radius_m"],
    )


def _find_mark() -> dict[str, Any] | None:
    entry = audit.AuditEntry
    return db.session.scalar(
        select(entry.details).where(entry.action == MARK).order_by(entry.id.desc()).limit(1)
    )


def _touched() -> set[str]:
    """Return the ids of rows that people have changed since they were filled in."""
    touched: set[str] = set()
    for model in (Customer, Deal, Expense, JourneyStop, Task, Visit):
        rows = db.session.execute(select(model.id, model.field_versions))
        touched.update(row.id for row in rows if row.field_versions)
    return touched
