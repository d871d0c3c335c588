"""Reading visits: the filtered list, and everything known about one."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.customers.queries.customers import of_customers_named
from server.identity.models import User
from server.planning import queries as planning
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces
from server.teams.models import Team
from server.visits.models import CheckIn, CheckOut, Visit
from shared.time import Period
from shared.visit_form import Answer
from shared.vocabulary import TimeTrust, Verdict, VisitState

NEWEST_FIRST = "-check_in"


@dataclass(frozen=True, kw_only=True)
class VisitFilter:
    """Which visits; whatever is None or empty does not narrow."""

    period: Period | None = None
    rep_id: str | None = None
    team_ids: frozenset[str] | None = None
    customer_id: str | None = None
    verdict: Verdict | None = None
    time_trust: TimeTrust | None = None
    state: VisitState | None = None
    planned: bool | None = None
    search: str = ""
    """Part of a customer's name or code."""
    also: tuple[ColumnElement[bool], ...] = ()
    """What higher features know of a visit."""


@dataclass(frozen=True)
class VisitRow:
    """A visit in a list."""

    id: str
    day: dt.date
    time_zone: str
    rep_id: str
    rep_name: str
    team_id: str | None
    team_name: str | None
    customer_id: str
    customer_name: str
    customer_code: str
    planned: bool
    state: VisitState
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    duration_s: int | None
    verdict: Verdict | None
    verdict_reason: str
    distance_m: float | None
    time_trust: TimeTrust | None
    no_sale_reason: str | None
    customer_class: str
    form_answers: dict[str, Answer]
    """By the id of the question's version."""


@dataclass(frozen=True)
class Evidence:
    """A check-in or check-out as it was recorded and judged."""

    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    provider: str
    fix_age_s: float | None
    is_mock: bool
    sample_count: int
    fence_latitude: float | None
    fence_longitude: float | None
    fence_radius_m: int | None
    captured_at: dt.datetime
    wall_at: dt.datetime
    received_at: dt.datetime
    time_zone: str
    time_trust: TimeTrust
    time_flags: tuple[str, ...]
    verdict: Verdict
    verdict_reason: str
    phone_verdict: Verdict | None
    distance_m: float | None
    probability_inside: float | None
    battery_percent: int | None
    was_offline: bool
    app_version: str
    fence_lifted: str = ""
    """How the check-in kept to the office's rule for the fence, or did not."""


@dataclass(frozen=True)
class VisitDetail:
    """A visit with its evidence."""

    visit: VisitRow
    notes: str
    cancel_reason: str
    auto_closed: bool
    customer_address: str
    customer_latitude: float | None
    customer_longitude: float | None
    check_in: Evidence | None
    check_out: Evidence | None


def list_visits(
    *,
    access: Access,
    where: VisitFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = NEWEST_FIRST,
    most_counted: int | None = None,
) -> Page[VisitRow]:
    """Return a page of visits.

    :param sort: `check_in`, `customer`, `rep`, `verdict`, `distance` or `duration`; with a minus,
        the largest first; anything else means newest first
    :param most_counted: whoever asks can do without knowing of how many more there are
    """
    found = fetch_page(
        _rows(access, where, sort=sort), number=page, size=size, key=Visit.id, most=most_counted
    )
    return found.map(_visit_row)


def each_visit(*, access: Access, where: VisitFilter) -> Iterator[VisitRow]:
    """Yield all visits, newest first, fetched in chunks; for exports."""
    for row in read_in_pieces(_rows(access, where)):
        yield _visit_row(row)


@dataclass(frozen=True)
class DayVisit:
    """A visit among those of its rep's day."""

    id: str
    customer_id: str
    customer_name: str
    started_at: dt.datetime | None
    time_zone: str
    latitude: float | None
    longitude: float | None


def visits_of_day(*, access: Access, rep_id: str, day: dt.date) -> list[DayVisit]:
    """Return a rep's visits of a day in their order, with where the phone checked in."""
    rows = db.session.execute(
        select(
            Visit.id,
            Visit.customer_id,
            Customer.name,
            Visit.started_at,
            Visit.time_zone,
            CheckIn.latitude,
            CheckIn.longitude,
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .outerjoin(CheckIn, CheckIn.visit_id == Visit.id)
        .where(
            Visit.rep_id == rep_id,
            Visit.day == day,
            Visit.deleted_at.is_(None),
            access.rows(Visit.rep_id, Visit.team_id),
        )
        .order_by(Visit.started_at, Visit.id)
    )
    return [DayVisit(*row) for row in rows]


def calls_for_plan(
    _sender: object, *, access: Access, rep_id: str, period: Period
) -> list[planning.Call]:
    """Answer planning, which stands below, which calls a rep made; cancelled ones are none."""
    rows = db.session.execute(
        select(
            Visit.id.label("visit_id"),
            Visit.day,
            Visit.customer_id,
            Customer.name.label("customer_name"),
            Visit.stop_id,
            CheckIn.latitude,
            CheckIn.longitude,
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .outerjoin(CheckIn, CheckIn.visit_id == Visit.id)
        .where(
            Visit.rep_id == rep_id,
            Visit.day >= period.start,
            Visit.day < period.end,
            Visit.state != VisitState.CANCELLED,
            Visit.deleted_at.is_(None),
            access.rows(Visit.rep_id, Visit.team_id),
        )
        .order_by(Visit.started_at, Visit.id)
    )
    return [planning.Call(**row) for row in rows.mappings()]


def first_visit_day(*, access: Access) -> dt.date | None:
    """Return the day of the first visit, where "all time" begins."""
    return db.session.scalar(
        select(func.min(Visit.day)).where(
            Visit.deleted_at.is_(None), access.rows(Visit.rep_id, Visit.team_id)
        )
    )


def get_visit_detail(*, access: Access, visit_id: str) -> VisitDetail:
    """Return a visit with its evidence.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(
        _rows(access, VisitFilter())
        .where(Visit.id == visit_id)
        .add_columns(
            Visit.notes,
            Visit.cancel_reason,
            Visit.auto_closed,
            Customer.address,
            Customer.latitude,
            Customer.longitude,
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError
    check_in = db.session.scalar(select(CheckIn).where(CheckIn.visit_id == visit_id))
    check_out = db.session.scalar(select(CheckOut).where(CheckOut.visit_id == visit_id))
    return VisitDetail(
        visit=_visit_row(row),
        notes=row.notes,
        cancel_reason=row.cancel_reason,
        auto_closed=row.auto_closed,
        customer_address=row.address,
        customer_latitude=row.latitude,
        customer_longitude=row.longitude,
        check_in=_evidence(check_in),
        check_out=_evidence(check_out),
    )


def _rows(
    access: Access, where: VisitFilter, *, sort: str = NEWEST_FIRST
) -> Select[*tuple[Any, ...]]:
    rep = aliased(User)
    columns: dict[str, Any] = {
        "customer": Customer.name,
        "rep": rep.name,
        "verdict": Visit.verdict,
        "distance": Visit.distance_m,
        "duration": Visit.duration_s,
    }
    order: list[Any] = [Visit.day.desc(), Visit.started_at.desc(), Visit.id]
    if sort == "check_in":
        order = [Visit.day, Visit.started_at, Visit.id]
    elif (column := columns.get(sort.removeprefix("-"))) is not None:
        wanted = column.desc() if sort.startswith("-") else column.asc()
        # Visits without a value come last either way, and on both databases.
        order = [column.is_(None), wanted, *order]
    statement = (
        select(
            Visit.id,
            Visit.day,
            Visit.time_zone,
            Visit.rep_id,
            rep.name.label("rep_name"),
            Visit.team_id,
            Team.name.label("team_name"),
            Visit.customer_id,
            Customer.name.label("customer_name"),
            Customer.code.label("customer_code"),
            Visit.stop_id.is_not(None).label("planned"),
            Visit.state,
            Visit.started_at,
            Visit.ended_at,
            Visit.duration_s,
            Visit.verdict,
            Visit.verdict_reason,
            Visit.distance_m,
            Visit.time_trust,
            Visit.no_sale_reason,
            Customer.customer_class,
            Visit.form_answers,
        )
        # They are always there; a database leaves out an outer join that nothing is read from.
        .outerjoin(rep, rep.id == Visit.rep_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
        .outerjoin(Team, Team.id == Visit.team_id)
        .where(Visit.deleted_at.is_(None), access.rows(Visit.rep_id, Visit.team_id))
        .order_by(*order)
    )
    return statement.where(*_conditions(where))


def _conditions(where: VisitFilter) -> Iterator[ColumnElement[bool]]:
    if where.period is not None:
        yield Visit.day >= where.period.start
        yield Visit.day < where.period.end
    if where.team_ids is not None:
        yield Visit.team_id.in_(where.team_ids)
    for column, value in (
        (Visit.rep_id, where.rep_id),
        (Visit.customer_id, where.customer_id),
        (Visit.verdict, where.verdict),
        (Visit.time_trust, where.time_trust),
        (Visit.state, where.state),
    ):
        if value is not None:
            yield column == value
    if where.planned is not None:
        yield Visit.stop_id.is_not(None) if where.planned else Visit.stop_id.is_(None)
    yield from where.also
    if where.search.strip():
        yield of_customers_named(Visit.customer_id, part=where.search.strip())


def _visit_row(row: Any) -> VisitRow:
    return VisitRow(
        id=row.id,
        day=row.day,
        time_zone=row.time_zone,
        rep_id=row.rep_id,
        rep_name=row.rep_name,
        team_id=row.team_id,
        team_name=row.team_name,
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        customer_code=row.customer_code,
        planned=bool(row.planned),
        state=VisitState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_s=row.duration_s,
        verdict=Verdict(row.verdict) if row.verdict else None,
        verdict_reason=row.verdict_reason,
        distance_m=row.distance_m,
        time_trust=TimeTrust(row.time_trust) if row.time_trust else None,
        no_sale_reason=row.no_sale_reason,
        customer_class=row.customer_class,
        form_answers=row.form_answers,
    )


def _evidence(row: CheckIn | CheckOut | None) -> Evidence | None:
    if row is None:
        return None
    return Evidence(
        latitude=row.latitude,
        longitude=row.longitude,
        accuracy_m=row.accuracy_m,
        provider=row.provider,
        fix_age_s=row.fix_age_s,
        is_mock=row.is_mock,
        sample_count=row.sample_count,
        fence_latitude=row.fence_latitude,
        fence_longitude=row.fence_longitude,
        fence_radius_m=row.fence_radius_m,
        captured_at=row.captured_at,
        wall_at=row.wall_at,
        received_at=row.received_at,
        time_zone=row.time_zone,
        time_trust=TimeTrust(row.time_trust),
        time_flags=tuple(row.time_flags),
        verdict=Verdict(row.verdict),
        verdict_reason=row.verdict_reason,
        phone_verdict=Verdict(row.phone_verdict) if row.phone_verdict else None,
        distance_m=row.distance_m,
        probability_inside=row.probability_inside,
        battery_percent=row.battery_percent,
        was_offline=row.was_offline,
        app_version=row.app_version,
        fence_lifted=row.fence_lifted if isinstance(row, CheckIn) else "",
    )
