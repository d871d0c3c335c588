"""Answers that are kept: as good as new after any change, in every process."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import Connection, Table, event, insert, update
from sqlalchemy.engine import Engine

from server.calendar.models import Holiday
from server.costs.models import Cost
from server.customers.models import Customer, CustomerAssignment
from server.identity.models import User
from server.metrics.jobs import rebuild_all_parts, refresh_rollups
from server.metrics.models import Target
from server.metrics.operations.days import mark_days_stale
from server.metrics.queries import Answer, Question, metric_values
from server.metrics.sql import read
from server.metrics.sql.asked import ask_pieces
from server.metrics.sql.cache import READ_FROM, TARGETS, WHO_HAS_WHOM, Kept
from server.metrics.sql.reach import By, Reach
from server.platform import prepared
from server.platform.access import SYSTEM
from server.platform.bulk import insert_rows
from server.platform.database import Base, db
from server.platform.driver import Parameters, rows_of
from server.platform.events import mark_days, record_changed
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.sync.ids import new_id
from shared.time import Grain, Period
from shared.vocabulary import CostCategory, CustomerClass
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit
from tests.support.application import running_app

MARCH = Period.month(2026, 3)
Change = Callable[[Company], Any]


LATER = dt.date(2026, 6, 1)


def ask(
    *keys: str, by: By | None = By.REP, series: Grain | None = None, today: dt.date = LATER
) -> Answer:
    answer = metric_values(
        access=SYSTEM,
        question=Question(
            metrics=[METRICS[key] for key in keys],
            period=MARCH,
            today=today,
            currency="IDR",
            by=by,
            series=series,
        ),
    )
    db.session.rollback()
    return answer


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note every statement that is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    def ask_and_note(connection: Connection, statement: str, parameters: Parameters = ()) -> Any:
        note(connection, None, statement)
        return rows_of(connection, statement, parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with patch.object(prepared, "rows_of", ask_and_note):
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def total(answer: Answer, key: str) -> Decimal | None:
    return answer.total.values[key].value.value


def visit(company: Company) -> None:
    record_visit(rep_id=company.joko, customer_id=company.shop)


def set_target(company: Company) -> None:
    target = {"id": new_id(), "metric_key": "revenue", "month": MARCH.start, "amount": 1_000_00}
    db.session.execute(insert(Target), [target | {"rep_id": company.sari, "team_id": company.east}])


def note_cost(company: Company) -> None:
    db.session.add(
        Cost(
            id=new_id(),
            category=CostCategory.ADVERTISING,
            day=MARCH.start,
            team_id=company.east,
            amount_minor=5_000_00,
            currency="IDR",
            base_amount_minor=5_000_00,
        )
    )


def assign(company: Company) -> None:
    assigned = {"customer_id": company.shop, "rep_id": company.joko, "start_on": MARCH.start}
    db.session.execute(insert(CustomerAssignment), [assigned])
    mark_days(company.joko, [MARCH.start])


def raise_class(company: Company) -> None:
    db.session.get_one(Customer, company.shop).customer_class = CustomerClass.C
    db.session.flush()
    record_changed("customer", company.shop)


def rename_rep(company: Company) -> None:
    db.session.get_one(User, company.sari).name = "Sari Dewi"


def declare_holiday(_company: Company) -> None:
    db.session.execute(insert(Holiday), [{"day": dt.date(2026, 3, 20), "name": "Idul Fitri"}])


def free_from_quota(company: Company) -> None:
    db.session.execute(update(User).where(User.id == company.joko).values(quota_carrying=False))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (visit, "calls"),
        (set_target, "target_attainment"),
        (note_cost, "customer_acquisition_cost"),
        (assign, "coverage"),
        (raise_class, "visit_frequency_compliance"),
        (rename_rep, "calls"),
        (free_from_quota, "revenue_per_rep"),
    ],
)
def test_right_after_a_change_the_answer_is_new(
    app: Flask, busy_company: Company, change: Change, key: str
) -> None:
    with app.app_context():
        before = ask(key)
        with transaction():
            change(busy_company)
        refresh_rollups()

        assert ask(key) != before


def test_a_holiday_moves_the_pace_at_once(app: Flask, busy_company: Company) -> None:
    with app.app_context():
        with transaction():
            set_target(busy_company)
        today = dt.date(2026, 3, 10)
        before = total(ask("target_pace", today=today), "target_pace")
        with transaction():
            declare_holiday(busy_company)

        assert total(ask("target_pace", today=today), "target_pace") != before


def test_another_process_sees_the_change_too(app: Flask, busy_company: Company) -> None:
    with running_app(app.extensions["settings"]) as other:
        with other.app_context():
            before = total(ask("calls"), "calls")
        with app.app_context():
            with transaction():
                visit(busy_company)
            refresh_rollups()
        with other.app_context():
            assert total(ask("calls"), "calls") == (before or 0) + 1


def test_what_was_rolled_back_is_not_kept(app: Flask, busy_company: Company) -> None:
    with app.app_context():
        before = ask("customer_acquisition_cost")
        with pytest.raises(AssertionError), transaction():
            _spend_and_fail(busy_company, before)

        assert ask("customer_acquisition_cost") == before


def _spend_and_fail(company: Company, before: Answer) -> None:
    note_cost(company)
    db.session.flush()
    question = Question(
        metrics=[METRICS["customer_acquisition_cost"]],
        period=MARCH,
        today=LATER,
        currency="IDR",
        by=By.REP,
    )
    # A change of one's own is seen before it is committed, and this is what fails.
    assert metric_values(access=SYSTEM, question=question) == before


@pytest.mark.usefixtures("busy_company")
def test_an_answer_that_is_kept_costs_one_statement(app: Flask) -> None:
    with app.app_context():
        first = ask(*METRICS, series=Grain.WEEK)
        with statements() as sent:
            again = ask(*METRICS, series=Grain.WEEK)

        assert again == first
        assert len(sent) == 1
        assert "numbers_version" in sent[0]


@pytest.mark.usefixtures("busy_company")
def test_one_page_asks_for_the_version_once(app: Flask) -> None:
    with app.app_context(), statements() as sent:
        question = Question(
            metrics=[METRICS["calls"]], period=MARCH, today=LATER, currency="IDR", by=By.REP
        )
        for _ in range(2):
            metric_values(access=SYSTEM, question=question)
            metric_values(access=SYSTEM, question=replace(question, by=By.TEAM))

        assert sum("numbers_version" in statement for statement in sent) == 1


def test_who_has_which_customer_is_read_again_only_when_that_changes(
    app: Flask, busy_company: Company
) -> None:
    with app.app_context():
        for change, reads in ((visit, True), (visit, False), (assign, True)):
            with transaction():
                change(busy_company)
            refresh_rollups()
            with statements() as sent:
                ask("coverage")

            # The first visit has the lists counted that the founding left to nobody.
            assert reads == any("assigned_list_rollup" in statement for statement in sent)


def test_rows_written_in_bulk_raise_the_version(app: Flask, busy_company: Company) -> None:
    with app.app_context():
        before = ask("coverage")
        with transaction():
            given = {"customer_id": busy_company.shop, "start_on": MARCH.start}
            table = CustomerAssignment.__table__
            assert isinstance(table, Table)
            insert_rows(table, [given | {"rep_id": busy_company.joko, "end_on": None}])
            mark_days(busy_company.joko, [MARCH.start])
        refresh_rollups()

        assert ask("coverage") != before


@pytest.mark.usefixtures("busy_company")
def test_every_table_that_answers_are_read_from_raises_the_version(app: Flask) -> None:
    tables = set(Base.metadata.tables)
    with app.app_context(), statements() as sent:
        for by in (By.REP, By.TEAM, None):
            ask(*METRICS, by=by, series=Grain.MONTH)

    words = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", " ".join(sent)))
    assert words & tables - {"numbers_version"} <= READ_FROM <= tables
    of_lists = r"\bFROM (assigned_list_rollup|team_membership)\b"
    of_customers = [each for each in sent if re.search(of_lists, each)]
    words = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", " ".join(of_customers)))
    assert words & tables == WHO_HAS_WHOM.tables
    of_targets = [
        each for each in sent if re.search(r"\bFROM (target|holiday|organisation)\b", each)
    ]
    words = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", " ".join(of_targets)))
    assert words & tables == TARGETS.tables


@pytest.mark.parametrize("by", [None, By.TEAM])
def test_a_visit_is_read_anew_with_its_month_alone(
    app: Flask, busy_company: Company, monkeypatch: pytest.MonkeyPatch, by: By | None
) -> None:
    asked: list[Period] = []

    def note(make: Any, what: Any, pieces: Sequence[Period], reach: Reach) -> Any:
        asked.extend(pieces)
        return ask_pieces(make, what, pieces, reach)

    monkeypatch.setattr(read, "ask_pieces", note)
    keys = ("calls", "first_call_time", "coverage", "active_outlets", "revenue_per_rep")

    def values(answer: Answer) -> list[object]:
        groups = [(group.id, group.values, group.series) for group in answer.groups]
        return [answer.total.values, answer.total.series, *groups]

    with app.app_context():
        ask(*keys, by=by, series=Grain.WEEK)
        with transaction():
            later = MONDAY_9 + dt.timedelta(days=3)
            record_visit(rep_id=busy_company.rina, customer_id=busy_company.kiosk, at=later)
        refresh_rollups()
        asked.clear()
        kept = ask(*keys, by=by, series=Grain.WEEK)
        # Not February, which March is compared with.
        assert {piece.start.month for piece in asked} == {3}
        with transaction():
            mark_days_stale(rep_id=busy_company.sari, days={MARCH.start - dt.timedelta(days=9)})
        rebuild_all_parts()
        assert values(ask(*keys, by=by, series=Grain.WEEK)) == values(kept)


def test_what_is_kept_has_room_for_so_much_only() -> None:
    kept = Kept(10)
    for number in range(4):
        kept.keep(number, str(number), 3)
    assert kept.find(1) == "1"
    kept.keep(1, "one", 5)
    assert [kept.find(number) for number in range(4)] == [None, "one", None, "3"]
    kept.keep("too large", "", 11)
    assert [kept.find(key) for key in (1, 3, "too large")] == ["one", "3", None]
