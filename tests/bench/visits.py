"""Visits, the work of the sync bench that is of many rows and rules: four changes each."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import psutil
import urllib3
from flask import Flask

from mobile.services.views import OrderLine
from mobile.storage import device
from server.customers.models import Customer
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from shared.checkin.evidence import Fix
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.bench.measure import Usage, measured
from tests.bench.recorded import Request, push_all_recorded, recorded
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

PER_VISIT = 4
"""Changes of a visit: the visit, check-in, order, check-out; some 15 fields each."""
_CUSTOMERS = 100


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the product's endpoint took, and what that took."""

    device_id: str
    requests: list[Request]
    usage: Usage


def push_recorded(
    folder: Path,
    url: str,
    company: Company,
    outlets: list[str],
    servers: Sequence[psutil.Process],
    *,
    visits: int,
    batch: int,
) -> Pushed:
    """Let another phone make visits, and a bare client send what it would send."""
    phone = Handset(folder / "recorded.db", cast(Network, urllib3.PoolManager(retries=False)))
    phone.enrolment.enrol(server_url=url, code=company.enrolment_code(company.sari))
    phone.synchronize()
    work(phone, company, outlets, visits=visits)
    requests = recorded(phone, url, batch=batch)
    with phone.database.read() as connection:
        device_id = device.get(connection).device_id
    phone.switch_off()
    usage = push_all_recorded(requests, measuring=partial(measured, servers))
    return Pushed(device_id, requests, usage)


def add_outlets(app: Flask, company: Company) -> list[str]:
    """Add customers, so that a batch is not about one."""
    ids = [new_id() for _ in range(_CUSTOMERS)]
    now = utc_now()
    with app.app_context(), transaction():
        for number, customer_id in enumerate(ids):
            db.session.add(
                Customer(
                    id=customer_id,
                    code=f"B-{number}",
                    name=f"Toko {number}",
                    customer_class="A",
                    latitude=MAJU[0],
                    longitude=MAJU[1],
                    location_version=1,
                    owner_id=company.sari,
                    team_id=company.team,
                    created_at=now,
                    updated_at=now,
                )
            )
        db.session.flush()
        record_changed("customer", *ids)
    return ids


def work(phone: Handset, company: Company, outlets: list[str], *, visits: int) -> float:
    """Make visits with an order each; return the seconds an action took to be saved."""
    started = time.perf_counter()
    for number in range(visits):
        visit = phone.visits.check_in(
            customer_id=outlets[number % len(outlets)], fix=_fix(phone, number)
        )
        line = OrderLine(
            product_id=company.soda, product_name="Soda", quantity=6, price_minor=5_000_00
        )
        phone.visits.take_order(visit.id, [line])
        phone.visits.check_out(visit.id, fix=_fix(phone, number + 1))
    return (time.perf_counter() - started) / (3 * visits)


def _fix(phone: Handset, number: int) -> Fix:
    """Return a fix as phones have them in town: up to 50 m off, known to 5 to 30 m."""
    turn, away = number * 2.4, (number * 7) % 50 / 111_000
    place = (MAJU[0] + away * math.sin(turn), MAJU[1] + away * math.cos(turn))
    return phone.fix(place, accuracy_m=5.0 + number % 26)
