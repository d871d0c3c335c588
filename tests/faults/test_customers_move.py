"""Customers move from rep to rep while all of them sync: each ends where the office put it.

`./run test-faults` moves 1,000 customers among 50 phones, the ordinary tests 60 among 4.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from server.customers import operations as customers
from server.customers.models import Customer
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes
from server.visits.models import Visit
from shared.time import utc_now
from tests.bench import crowd
from tests.fakes.company import found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_ALL = "TAPAK_FAULT_EXAMPLES" in os.environ
_PHONES, _CUSTOMERS = (50, 1_000) if _ALL else (4, 60)
_AT_ONCE = 8
_IN_ONE_GO = 5
"""Customers the office moves in one transaction."""


@pytest.mark.fault("concurrency", "1,000 customers move while 50 reps sync")
def test_customers_move_while_reps_sync(app: Flask, tmp_path: Path) -> None:
    company = found_company(app)
    reps = [rep_id for rep_id, _ in crowd.add_reps(app, company, count=_PHONES)]
    for rep_id in reps:
        crowd.add_territory(app, company, rep_id, count=_CUSTOMERS // _PHONES)
    phones = {}
    for number, rep_id in enumerate(reps):
        phones[rep_id] = Handset(tmp_path / f"phone-{number}.db", Network(app))
        phones[rep_id].enrol(company.enrolment_code(rep_id))
    with app.app_context():
        everyone = list(db.session.scalars(select(Customer.id).where(Customer.owner_id.in_(reps))))
    rng = random.Random(8)
    rng.shuffle(everyone)
    plan = [
        (everyone[start : start + _IN_ONE_GO], rng.choice(reps))
        for start in range(0, len(everyone), _IN_ONE_GO)
    ]

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        office = pool.submit(move_all, app, plan)
        work = [pool.submit(work_and_sync, phone) for phone in phones.values()]
        made = sum(future.result() for future in work)
        office.result()

    for phone in phones.values():
        phone.synchronize()
        phone.synchronize()
        assert phone.sync.status().waiting == 0
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == made
        assert changes.wrong_scopes() == []
        owned = {rep_id: set[str]() for rep_id in reps}
        for customer_id, owner_id in db.session.execute(
            select(Customer.id, Customer.owner_id).where(Customer.owner_id.in_(reps))
        ):
            owned[str(owner_id)].add(customer_id)
        db.session.rollback()
    assert {rep_id: customers_on(phone) for rep_id, phone in phones.items()} == owned
    for phone in phones.values():
        phone.switch_off()


def move_all(app: Flask, plan: list[tuple[list[str], str]]) -> None:
    for ids, to in plan:
        move(app, ids, to=to)


def move(app: Flask, ids: list[str], *, to: str) -> None:
    with app.app_context(), transaction():
        for customer_id in sorted(ids):
            customer = customers.lock_customer(customer_id)
            customer.change({"owner_id": to}, at=utc_now())
        record_changed("customer", *ids)


def work_and_sync(phone: Handset) -> int:
    """Visit some outlets of those on the phone, syncing in between; return how many."""
    made = 0
    for _ in range(4):
        for customer_id in sorted(customers_on(phone))[:2]:
            visit = phone.visits.check_in(customer_id=customer_id, fix=None)
            phone.visits.cancel(visit.id, "closed")
            made += 1
        phone.synchronize()
    phone.database.close()
    phone.switch_on()  # its connections belong to this thread
    return made


def customers_on(phone: Handset) -> set[str]:
    with phone.database.read() as connection:
        return {row["id"] for row in connection.execute("SELECT id FROM customer")}
