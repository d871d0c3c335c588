"""A batch written in bulk gives what its changes give one by one: answers, rows, log and feed."""

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from server.customers.operations import lock_customer
from server.identity.models import Device
from server.identity.queries import find_phone
from server.platform import prepared
from server.platform.database import Model, db
from server.platform.driver import rows_of
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import groups, together
from server.sync.epochs import current_epoch
from server.sync.incoming import Sender
from server.sync.push import push
from shared.sync import chain
from shared.sync.ids import new_id
from shared.sync.protocol import Captured, Change, ClockReading, Kind, PushHeader
from shared.time import utc_now
from tests.fakes.company import ZONE, Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone

_TABLES = [
    "change_log",
    "visit",
    "check_in",
    "check_out",
    "deal",
    "deal_line",
    "stage_change",
    "track_chunk",
    "task",
    "expense",
    "sync_index",
    "sync_scope",
    "sync_conflict",
    "sync_quarantine",
    "last_position",
    "stale_day",
    "device",
]
_DRAWN = {"stage_change": {"id"}, "sync_conflict": {"id"}, "sync_quarantine": {"error"}} | {
    "stale_day": {"generation", "marked_at"},
    "sync_index": {"at"},
}
"""Columns that differ from run to run."""

_NOW = utc_now()
_ORDINARY = ["visit", "order", "check_out", "notes", "track", "task", "expense"]
_ODD = [
    "twice",
    "id_of_another",
    "bad_latitude",
    "half_a_fence",
    "no_such_customer",
    "no_such_stage",
    "no_such_product",
    "strange_visit",
    "second_check_in",
    "unreadable",
    "cancel",
    "reopen",
    "unknown_entity",
    "new_prospect",
    "order_changed",
    "task_of_no_customer",
    "promised_in_a_strange_visit",
    "task_changed",
    "expense_in_no_currency",
    "expense_without_rate",
    "expense_taken_back",
]
STEPS = st.lists(
    st.one_of(st.sampled_from(_ORDINARY), st.sampled_from(_ORDINARY), st.sampled_from(_ODD)),
    min_size=2,
    max_size=14,
)


class Rolled(Exception):  # noqa: N818 - it is no error
    """Everything is undone."""


class Batch:
    """Lines of a phone, made from steps."""

    def __init__(self, company: Company, others_visit: str) -> None:
        self.company = company
        self.others_visit = others_visit
        self.changes: list[tuple[str, Kind, str, dict[str, Any], str | None, int | None]] = []
        self.visits: list[str] = []
        self.orders: list[str] = []
        self.tasks: list[str] = []
        self.expenses: list[str] = []

    def add(
        self,
        entity: str,
        kind: Kind,
        data: dict[str, Any],
        record_id: str | None = None,
        group: str | None = None,
        version: int | None = None,
    ) -> str:
        record_id = record_id or new_id()
        self.changes.append((entity, kind, record_id, data, group, version))
        return record_id

    def presence(self, visit_id: str, **changed: Any) -> dict[str, Any]:
        place = {"latitude": -6.2, "longitude": 106.9}
        return {
            "visit_id": visit_id,
            "customer_id": self.company.maju,
            "fix": {**place, "accuracy_m": 9.0, "fix_ms": 1},
            "fence": {"customer_id": self.company.maju, **place, "radius_m": 100},
            "time_zone": ZONE,
            "verdict": "inside",
            **changed,
        }

    def visit(self, customer: str | None = None, **presence: Any) -> None:
        group = new_id()
        data = {"customer_id": customer or self.company.maju, "time_zone": ZONE}
        visit = self.add("visit", Kind.CREATE, data, group=group)
        self.visits.append(visit)
        self.add("check_in", Kind.CREATE, self.presence(visit, **presence), group=group)

    def order(self, stage: str = "won", product: str | None = None, visit: str = "") -> None:
        line = {
            "product_id": product or self.company.soda,
            "quantity": 2,
            "unit_price_minor": 500_00,
        }
        data = {
            "customer_id": self.company.maju,
            "visit_id": visit or (self.visits[-1] if self.visits else None),
            "stage_key": stage,
            "currency": "IDR",
            "lines": [line],
        }
        self.orders.append(self.add("deal", Kind.CREATE, data))

    def step(self, name: str) -> None:
        getattr(self, f"_{name}")()

    @property
    def latest_visit(self) -> str:
        return self.visits[-1] if self.visits else new_id()

    def _visit(self) -> None:
        self.visit()

    def _order(self) -> None:
        self.order()

    def _check_out(self) -> None:
        self.add("check_out", Kind.CREATE, self.presence(self.latest_visit))

    def _second_check_in(self) -> None:
        self.add("check_in", Kind.CREATE, self.presence(self.latest_visit))

    def _patch(self, **fields: str) -> None:
        self.add("visit", Kind.PATCH, dict(fields), self.latest_visit, version=0)

    def _notes(self) -> None:
        self._patch(notes=new_id())

    def _cancel(self) -> None:
        self._patch(state="cancelled", cancel_reason="Wrong outlet")

    def _reopen(self) -> None:
        self._patch(state="open")

    def _track(self) -> None:
        fixes = [[int(utc_now().timestamp() * 1000), -6.2, 106.9, 9.0, 0]]
        self.add("track", Kind.CREATE, {"time_zone": ZONE, "fixes": fixes})

    def task(self, **about: Any) -> None:
        data = {"title": "Bring price list", "due_on": "2026-11-30", **about}
        self.tasks.append(self.add("task", Kind.CREATE, data))

    def expense(self, currency: str = "IDR") -> None:
        data = {"day": "2025-11-24", "kind": "parking", "amount_minor": 5_000_00, "state": "draft"}
        self.expenses.append(self.add("expense", Kind.CREATE, {**data, "currency": currency}))

    def _task(self) -> None:
        self.task(visit_id=self.visits[-1] if self.visits else None)

    def _task_of_no_customer(self) -> None:
        self.task(customer_id=new_id())

    def _promised_in_a_strange_visit(self) -> None:
        self.task(visit_id=self.others_visit)

    def _task_changed(self) -> None:
        if self.tasks:
            self.add("task", Kind.PATCH, {"note": new_id()}, self.tasks[-1], version=1)

    def _expense(self) -> None:
        self.expense()

    def _expense_in_no_currency(self) -> None:
        self.expense("XXQ")

    def _expense_without_rate(self) -> None:
        self.expense("USD")

    def _expense_taken_back(self) -> None:
        if self.expenses:
            self.add("expense", Kind.DELETE, {}, self.expenses[-1], version=1)

    def _twice(self, **changed: str) -> None:
        if self.changes:
            entity, kind, record_id, data, _, version = self.changes[-1]
            self.add(entity, kind, {**data, **changed}, record_id, version=version)

    def _id_of_another(self) -> None:
        self._twice(notes="x", title="x")

    def _bad_latitude(self) -> None:
        self.visit(fix={"latitude": 91.0, "longitude": 0.0, "accuracy_m": 1, "fix_ms": 1})

    def _half_a_fence(self) -> None:
        self.visit(fence={"customer_id": self.company.maju, "latitude": 1.0, "radius_m": 100})

    def _no_such_customer(self) -> None:
        self.visit(customer=new_id())

    def _no_such_stage(self) -> None:
        self.order(stage="nowhere")

    def _no_such_product(self) -> None:
        self.order(product=new_id())

    def _strange_visit(self) -> None:
        self.order(visit=self.others_visit)
        self.add("check_out", Kind.CREATE, self.presence(self.others_visit))

    def _unknown_entity(self) -> None:
        self.add("spaceship", Kind.CREATE, {})

    def _unreadable(self) -> None:
        self.add("visit", Kind.CREATE, {"customer_id": 7})

    def _new_prospect(self) -> None:
        self.add("customer", Kind.CREATE, {"name": "Warung"})

    def _order_changed(self) -> None:
        if self.orders:
            self.add("deal", Kind.PATCH, {"note": new_id()}, self.orders[-1], version=0)

    def lines(self, key: bytes) -> list[bytes]:
        head, lines = chain.FIRST_HEAD, []
        for sequence, (entity, kind, record_id, data, group, version) in enumerate(self.changes, 1):
            captured = Captured(ClockReading(1_764_000_000_000 + sequence, sequence, "boot"))
            change = Change(sequence, entity, kind, record_id, data, captured, version, group)
            line, head = chain.seal(change.to_body(), head=head, key=key)
            lines.append(line)
        return lines


@pytest.fixture
def others_visit(new_phone: NewPhone, company: Company) -> str:
    """Give a visit of Budi's."""
    with company.app.app_context(), transaction():
        lock_customer(company.jaya).change({"owner_id": company.budi}, at=utc_now())
        record_changed("customer", company.jaya)
    budi = new_phone(company.budi)
    visit = budi.visits.check_in(customer_id=company.jaya, fix=None)
    budi.synchronize()
    return visit.id


@pytest.fixture
def phone(new_phone: NewPhone, company: Company) -> Handset:
    """Give Sari's phone, which has begun its day and may be tracked."""
    phone = new_phone(company.sari)
    phone.day.start_day()
    phone.synchronize()
    return phone


@pytest.mark.fault("data", "a batch in bulk and one by one")
def test_both_ways_agree(
    company: Company, phone: Handset, others_visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These short batches are written in parts and after a savepoint, too, as long ones are.
    monkeypatch.setattr(together, "FIRST", 2)
    monkeypatch.setattr(together, "PART", 3)
    monkeypatch.setattr(groups, "FEW", 0)
    identity = phone.enrolment.identity()
    assert identity is not None
    compared = itertools.count()

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=STEPS)
    def check(steps: list[str]) -> None:
        batch = Batch(company, others_visit)
        for name in steps:
            batch.step(name)
        bulk = outcome(company, identity.device_id, batch, in_bulk=True)
        apart = outcome(company, identity.device_id, batch, in_bulk=False)
        for table in bulk:
            assert bulk[table] == apart[table], difference(bulk[table], apart[table])
        if any("ok" in str(answer) for answer in bulk["answers"]):
            next(compared)

    check()
    assert next(compared) > 5  # else nothing was compared


def test_an_ordinary_batch_is_written_in_bulk(
    company: Company, phone: Handset, others_visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = phone.enrolment.identity()
    assert identity is not None
    batch = Batch(company, others_visit)
    for name in (
        "visit",
        "order",
        "notes",
        "task",
        "check_out",
        "visit",
        "unreadable",
        "order",
        "expense",
    ):
        batch.step(name)

    def apart(*_: object) -> None:
        raise AssertionError("applied one by one")

    monkeypatch.setattr(groups, "_apply_apart", apart)
    monkeypatch.setattr(together, "PART", 3)
    batch.order(product=company.soap)
    asked: list[str] = []

    def noted(connection: Connection, statement: str, *more: Any, **options: Any) -> Any:
        asked.append(statement)
        return rows_of(connection, statement, *more, **options)

    monkeypatch.setattr(prepared, "rows_of", noted)
    answers = outcome(company, identity.device_id, batch, in_bulk=True)["answers"]
    assert [answer[1] for answer in answers].count("ok") == len(batch.changes) - 1
    assert ["FROM product" in statement for statement in asked].count(True) == 1


def outcome(
    company: Company, device_id: str, batch: Batch, *, in_bulk: bool
) -> dict[str, list[Any]]:
    """Push and return what it left behind; then undo it."""
    found: dict[str, list[Any]] = {}
    with pytest.MonkeyPatch.context() as patch, company.app.app_context():
        if not in_bulk:
            patch.setattr(groups, "TOGETHER", frozenset())
        with suppress(Rolled), transaction():
            device = db.session.get_one(Device, device_id)
            device.through, device.head = 0, chain.FIRST_HEAD
            db.session.flush()
            db.session.execute(Model.metadata.tables["change_log"].delete())
            lines = batch.lines(device.mac_key)
            header = PushHeader(
                request_id="r",
                device_id=device_id,
                schema_version=1,
                count=len(lines),
                first=1,
                head_before=chain.FIRST_HEAD.hex(),
                settled=0,
                epoch=current_epoch(),
            )
            sender = Sender(
                device_id=device_id,
                rep_id=company.sari,
                time_zone=ZONE,
                reporting_currency="IDR",
                secret_key="only for tests",
                received_at=_NOW,
            )
            phone = find_phone(access_hash=device.access_hash, lock=True)
            assert phone is not None
            result = push(header=header, lines=lines, sender=sender, phone=phone)
            db.session().dispatch.before_commit(db.session())  # the feed is written then
            found["answers"] = list(result.results)
            found |= {table: list(rows(table)) for table in _TABLES}
            raise Rolled
    return found


def difference(left: list[Any], right: list[Any]) -> str:
    """Return what one has and the other has not."""
    return f"{[x for x in left if x not in right]} against {[x for x in right if x not in left]}"


def rows(name: str) -> Iterator[str]:
    table = Model.metadata.tables[name]
    kept = [column for column in table.columns if column.name not in _DRAWN.get(name, set())]
    found = [_plain(row) for row in db.session.execute(select(*kept))]
    yield from sorted(found)


def _plain(row: Any) -> str:
    """Return a row as text; the order of an object's keys means nothing."""
    return json.dumps(list(row), default=repr, sort_keys=True)
