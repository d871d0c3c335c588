"""What the office counts of a rep reaches the rep's phone, as its own pages show it."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from server.figures import operations, queries
from server.figures.jobs import tell_reps
from server.figures.models import OwnFigure
from server.identity.models import Device, User
from server.metrics.jobs import refresh_rollups
from server.metrics.models import Target
from server.platform.database import db
from server.platform.events import mark_days
from server.platform.transaction import transaction
from server.sync.changes import wrong_scopes
from server.sync.models import Scope, SyncIndex
from shared.metrics.own import OWN_NUMBERS, months_told
from shared.sync.protocol import RowEvent, rep_scope
from shared.time import business_day, utc_now
from tests.fakes.company import PASSWORD, ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.passing_time import PassingTime
from tests.integration.metrics.test_cache import statements
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.past import past_visit


def tell(company: Company) -> list[str]:
    """Count what waits, and tell; return the scopes whose feed differs from the tables."""
    with company.app.app_context():
        refresh_rollups()
        tell_reps()
        return wrong_scopes()


def told(company: Company, rep_id: str) -> dict[dt.date, tuple[int, dt.datetime, dict[str, Any]]]:
    """Return version, moment and figures by month."""
    with company.app.app_context():
        rows = db.session.scalars(select(OwnFigure).where(OwnFigure.rep_id == rep_id))
        return {row.month: (row.version, row.as_of, row.figures) for row in rows}


def today() -> dt.date:
    return business_day(utc_now(), ZONE)


def one_more_visit(company: Company, day: dt.date) -> None:
    with company.app.app_context(), transaction():
        past_visit(company, day, 3)
        mark_days(company.sari, [day])


def head(company: Company, rep_id: str) -> int:
    with company.app.app_context():
        return db.session.get_one(Scope, rep_scope(rep_id)).head


def entries(company: Company) -> set[tuple[str, str]]:
    """Return in which scope the feed has figures, and what it says of them."""
    with company.app.app_context():
        found = db.session.execute(
            select(SyncIndex.scope, SyncIndex.event).where(SyncIndex.entity == "own_figure")
        )
        return {(row.scope, row.event) for row in found}


def test_every_number_is_the_one_on_the_managers_pages(
    past: Company, new_phone: NewPhone, client: FlaskClient
) -> None:
    new_phone(past.sari)
    new_phone(past.budi)
    assert tell(past) == []
    person = {"user": f"manager{past.tag}", "password": PASSWORD}
    assert client.post("/api/v1/session", json=person).status_code == 200
    keys, on_page = [metric.key for metric in OWN_NUMBERS], 0
    for rep_id, name in ((past.sari, "Sari Dewi"), (past.budi, "Budi Santoso")):
        found = told(past, rep_id)
        for month in months_told(today()):
            _, _, figures = found[month.start]
            days = {"from": str(month.start), "to": str(month.end)}
            answer = client.get(
                "/api/v1/metrics/values", query_string=days | {"rep": rep_id}
            ).get_json()
            shown = {each["key"]: each for each in answer["values"]}
            assert list(figures) == keys
            for key, figure in figures.items():
                assert figure == {name: shown[key][name] for name in figure}, key
            asked = {"period": "custom", "from": days["from"], "to": str(month.last_day)}
            page = client.get("/reps.csv", query_string=asked).data.decode("utf-8-sig")
            rows = [row for row in csv.DictReader(io.StringIO(page)) if name in row.values()]
            on_page += len(rows)
            for metric in OWN_NUMBERS if rows else ():
                text, value = rows[0][f"{metric.key} v{metric.version}"], figures[metric.key]
                assert (float(text) if text else None) == (
                    None if value["value"] is None else pytest.approx(float(value["value"]))
                ), metric.key
    assert on_page, "a rep of whom nothing is known has no row there"
    assert told(past, past.sari)[today().replace(day=1)][2]["target_attainment"]["value"]


def test_only_what_changed_is_told_again(past: Company, new_phone: NewPhone) -> None:
    for rep_id in (past.sari, past.budi):
        new_phone(rep_id)
    tell(past)
    before, reached = told(past, past.sari), head(past, past.sari)
    with past.app.app_context(), transaction():
        mark_days(past.sari, [today() - dt.timedelta(days=1)])
    assert tell(past) == []
    assert told(past, past.sari) == before
    assert head(past, past.sari) == reached, "the same numbers do not travel again"

    of_budi = told(past, past.budi)
    one_more_visit(past, today())
    assert tell(past) == []
    this, last = today().replace(day=1), months_told(today())[0].start
    after = told(past, past.sari)
    assert after[last] == before[last]
    assert after[this][0] == before[this][0] + 1
    assert after[this][1] > before[this][1]
    assert int(after[this][2]["calls"]["value"]) == int(before[this][2]["calls"]["value"]) + 1
    assert told(past, past.budi) == of_budi

    with past.app.app_context(), transaction():
        db.session.execute(
            update(Target).where(Target.month == this).values(amount=Target.amount * 2)
        )
    tell(past)
    attained = {"target_attainment", "target_pace"}
    now = told(past, past.sari)[this]
    assert {key for key in now[2] if now[2][key] != after[this][2][key]} == attained


def test_a_rep_gets_only_own_numbers(past: Company, new_phone: NewPhone) -> None:
    manager = new_phone(past.manager)
    sari, budi = new_phone(past.sari), new_phone(past.budi)
    tell(past)
    for phone, owner in ((manager, past.manager), (sari, past.sari), (budi, past.budi)):
        phone.synchronize()
        with past.app.app_context():
            own = set(db.session.scalars(select(OwnFigure.id).where(OwnFigure.rep_id == owner)))
        with phone.database.read() as connection:
            held = connection.execute(
                "SELECT record_id FROM row_scope WHERE entity = 'own_figure'"
            ).fetchall()
        assert {row["record_id"] for row in held} == own
        assert len(own) == 2
    assert entries(past) == {
        (rep_scope(each), RowEvent.PUT) for each in (past.manager, past.sari, past.budi)
    }


def test_whoever_leaves_or_has_no_phone_is_told_nothing(past: Company, new_phone: NewPhone) -> None:
    assert tell(past) == []
    assert told(past, past.sari) == {}, "nobody fetches it"
    new_phone(past.sari)
    tell(past)
    assert len(told(past, past.sari)) == 2

    with past.app.app_context(), transaction():
        db.session.execute(update(User).where(User.id == past.sari).values(active=False))
    assert tell(past) == []
    assert told(past, past.sari) == {}
    assert entries(past) == {(rep_scope(past.sari), RowEvent.DELETE)}

    with past.app.app_context(), transaction():
        db.session.execute(update(User).where(User.id == past.sari).values(active=True))
    assert tell(past) == []
    assert len(told(past, past.sari)) == 2
    with past.app.app_context(), transaction():
        db.session.execute(update(Device).values(revoked_at=utc_now()))
    tell(past)
    assert told(past, past.sari) == {}


def test_a_month_that_is_over_stays_for_one_more(
    past: Company, phone: Handset, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = PassingTime(monkeypatch, phone)
    tell(past)
    last, this = months_told(today())
    before = told(past, past.sari)[this.start]
    phone.synchronize()
    time.pass_time(days=(this.end - today()).days)
    assert tell(past) == []
    now = told(past, past.sari)
    assert set(now) == {this.start, this.end}
    assert now[this.start][2]["calls"] == before[2]["calls"]
    assert now[this.end][2]["calls"]["value"] == "0"

    phone.synchronize()
    with phone.database.read() as connection:
        held = connection.execute(
            "SELECT count(*) FROM row_scope WHERE entity = 'own_figure'"
        ).fetchone()
    assert held[0] == 2, f"that of {last} has left"


def test_what_is_counted_meanwhile_is_told_the_next_time(
    past: Company, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_phone(past.sari)
    tell(past)
    before = told(past, past.sari)
    one_more_visit(past, today())
    with past.app.app_context():
        tell_reps()
    assert told(past, past.sari) == before, "a day that waits holds it up: as of means all of it"

    counting = operations.tell

    def between(**values: Any) -> int:
        """Let a worker count a day again after the numbers were read."""
        operations.mark_counted(rep_ids={past.sari})
        return counting(**values)

    with monkeypatch.context() as patch, past.app.app_context():
        refresh_rollups()
        patch.setattr(operations, "tell", between)
        tell_reps()
    assert told(past, past.sari) == before
    tell(past)
    assert told(past, past.sari) != before


def test_many_reps_are_one_set_of_statements(
    past: Company, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    counting = queries.count

    def counted(**values: Any) -> Any:
        with statements() as sent:
            found = counting(**values)
        asked.append(sent)
        return found

    monkeypatch.setattr(queries, "count", counted)
    new_phone(past.sari)
    tell(past)
    for rep_id in (past.budi, past.manager):
        new_phone(rep_id)
    one_more_visit(past, today())
    tell(past)
    assert len(asked[0]) == len(asked[1]) > 0
