"""Reps push while the office writes into the same customers and deals: each value has its author.

`./run test-faults` lets 50 reps do so, the ordinary tests 4.
"""

import itertools
import os
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobile.services.deal_views import DealFields
from server.customers import operations as customers
from server.deals.operations import deals
from server.fields.operations import Draft, add_field
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.models import ChangeLog, Conflict
from shared.custom_fields import PREFIX
from shared.time import business_day, utc_now
from shared.vocabulary import FieldKind
from tests.bench import crowd
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import ZONE, Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.faults.simulated.authors import check_the_authors
from tests.faults.simulated.counters import check_the_counts
from tests.faults.simulated.world import FIELD, Written, noting

_ALL = "TAPAK_FAULT_EXAMPLES" in os.environ
_REPS = 50 if _ALL else 4
_AT_ONCE = 8
_ROUNDS = 4
_numbers = itertools.count(2)
"""No two values are alike."""


@pytest.mark.fault("concurrency", "50 reps push while the office edits their customers and deals")
def test_each_value_has_its_author_though_all_write_at_once(app: Flask, tmp_path: Path) -> None:
    company = found_company(app)
    with app.app_context(), transaction():
        draft = Draft(label=FIELD, by_reps=True)
        add_field(kind=FieldKind.WHOLE, draft=draft, at=utc_now(), by=company.manager)
    people = crowd.add_reps(app, company, count=_REPS)
    phones: dict[str, Handset] = {}
    desks: list[Desk] = []
    for rep_id, customer_id in people:
        phone = phones[rep_id] = Handset(tmp_path / f"{len(phones)}.db", Network(app))
        phone.enrol(company.enrolment_code(rep_id))
        deal_id = phone.deals.create(customer_id, of_deal(note="begun"))
        phone.synchronize()
        desks.append(Desk(phone, customer_id, deal_id))
    written: list[Written] = []

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        halves = [pool.submit(write_all, company, desks[n::2], written) for n in (0, 1)]
        for future in [*halves, *[pool.submit(desk.work_and_sync) for desk in desks]]:
            future.result()

    for phone in phones.values():
        phone.synchronize()
        phone.synchronize()
        assert phone.sync.status().waiting == 0
    with app.app_context():
        assert changes.wrong_scopes() == []
        check_the_authors(phones, written, is_own=lambda one, other: one == other)
        check_the_counts(phones, began_with=[customer_id for _, customer_id in people])
        for rep_id, phone in phones.items():
            check_equal_to_the_server(phone, rep_id)
        asked = select(func.count()).where(ChangeLog.status == "conflict")
        kept = db.session.scalar(select(func.count()).select_from(Conflict))
        assert kept == db.session.scalar(asked) == sum(map(questions, phones.values()))
        sent = db.session.scalar(select(func.count()).select_from(ChangeLog))
        assert sent == len(phones) * (1 + 4 * _ROUNDS)
        db.session.rollback()
    assert len(written) == len(phones) * 4 * _ROUNDS
    for phone in phones.values():
        phone.switch_off()


class Desk:
    """A rep at work on one customer and one deal."""

    def __init__(self, phone: Handset, customer_id: str, deal_id: str) -> None:
        self.phone, self.customer_id, self.deal_id = phone, customer_id, deal_id

    def work_and_sync(self) -> None:
        """Change all there is, and sync, time and again."""
        for _ in range(_ROUNDS):
            deals_, number = self.phone.deals, next(_numbers)
            deal = deals_.get(self.deal_id)
            deals_.change(deal.id, of_deal(amount_minor=number * 100, note=deal.note))
            deals_.change(deal.id, of_deal(amount_minor=number * 100, note=f"<rep {number}>"))
            others = [one.key for one in deals_.stages() if not one.kind.is_closed]
            others.remove(deals_.get(deal.id).stage_key)
            deals_.move(deal.id, others[number % len(others)])
            self.phone.customers.set_field(self.customer_id, FIELD, str(next(_numbers)))
            self.phone.synchronize()
        self.phone.database.close()
        self.phone.switch_on()  # its connections belong to this thread


def write_all(company: Company, desks: Sequence[Desk], written: list[Written]) -> None:
    """Let the office write into each customer and deal, in any order, a transaction each."""
    rng = random.Random(len(desks))
    plan = [(desk, what) for desk in desks for what in range(4) for _ in range(_ROUNDS)]
    rng.shuffle(plan)
    for desk, what in plan:
        write(company, desk, what, written)


def write(company: Company, desk: Desk, what: int, written: list[Written]) -> None:
    at, number = utc_now(), next(_numbers)
    with company.app.app_context():
        note: list[Written] = []
        with transaction():
            if what == 3:
                customer = customers.lock_customer(desk.customer_id)
                with noting(note, "customer", customer, PREFIX + FIELD):
                    customer.change({PREFIX + FIELD: number}, at=at)
                record_changed("customer", customer.id)
            else:
                deal = deals.get_deal(desk.deal_id)
                fields = (
                    {"amount_minor": number * 100},
                    {"note": f"{deal.note}<office {number}>"},
                    {"amount_minor": number * 100 + 1, "title": f"Title {number}"},
                )[what]
                with noting(note, "deal", deal, *fields):
                    day = business_day(at, ZONE)
                    deals.change_deal(deal_id=deal.id, fields=dict(fields), at=at, day=day)
        assert note, (what, number)
        written += note


def of_deal(*, amount_minor: int = 100, note: str) -> DealFields:
    return DealFields(
        title="Fridge",
        source="",
        amount_minor=amount_minor,
        lines=(),
        expected_close_on=None,
        note=note,
    )


def questions(phone: Handset) -> int:
    """Return how many conflicts the rep has been asked about."""
    with phone.database.read() as connection:
        [count] = connection.execute("SELECT count(*) FROM attention").fetchone()
        return int(count)
