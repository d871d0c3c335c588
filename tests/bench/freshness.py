"""How long a visit takes from the phone's push to the manager's number, while many phones sync.

A real server (web, worker, scheduler, Valkey) and the phones' real storage, services and engine.
"""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import urllib3

from mobile.services.views import OrderLine
from server.identity import operations as identity
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import Role
from tests.bench import company
from tests.bench.company import Size
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.application import running_app
from tests.support.tapak import RunningTapak, running_tapak

_PASSWORD = "only for the bench"
_ZONE = "Asia/Jakarta"
_PLACE = (-6.2, 106.9)
_LOOK_EVERY_S = 0.05
_GIVE_UP_S = 60.0


def measure(
    database_url: str, folder: Path, *, phones: int, seconds: float, every_s: float
) -> list[float]:
    """
    Return the seconds each visit of one phone took until the API counted it.

    :param phones: how many others record a visit with an order and sync meanwhile
    :param seconds: for how long
    :param every_s: seconds between two visits of a phone
    """
    size = Size(reps=phones + 1, days=6, visits=12)
    with running_app(Settings(data=folder, database_url=database_url)) as app, app.app_context():
        company.write(size)
        with transaction():
            identity.create_user(
                code="admin",
                name="Admin",
                role=Role.ADMIN,
                time_zone=_ZONE,
                at=utc_now(),
                password=_PASSWORD,
            )
            shops = [company.customer_id(size, n, 0) for n in range(size.reps)]
            record_changed("customer", *map(_dashed, shops))
            codes = [
                identity.create_enrolment_code(
                    user_id=_dashed(company.rep_id(n)), at=utc_now(), by=None
                )
                for n in range(size.reps)
            ]
        db.session.remove()
    with running_tapak(folder / "server", database_url=database_url) as tapak:
        pool = urllib3.PoolManager(num_pools=4, maxsize=phones, retries=False)
        handsets = [_enrolled(folder, pool, tapak, n, code) for n, code in enumerate(codes)]
        probe, *others = handsets
        over = threading.Event()
        threads = [
            threading.Thread(target=_work, args=(each, _dashed(shop), over, every_s))
            for each, shop in zip(others, shops[1:], strict=True)
        ]
        for thread in threads:
            thread.start()
        try:
            return _probe(tapak, probe, _dashed(shops[0]), _dashed(company.rep_id(0)), seconds)
        finally:
            over.set()
            for thread in threads:
                thread.join()
            for handset in handsets:
                handset.switch_off()


def _dashed(id_: str) -> str:
    return "-".join((id_[:8], id_[8:12], id_[12:16], id_[16:20], id_[20:]))


def _enrolled(
    folder: Path, pool: urllib3.PoolManager, tapak: RunningTapak, n: int, code: str
) -> Handset:
    handset = Handset(folder / f"phone-{n}.db", cast(Network, pool))
    handset.enrolment.enrol(server_url=tapak.url, code=code)
    handset.synchronize()
    return handset


def _visit(handset: Handset, shop: str) -> None:
    visit = handset.visits.check_in(customer_id=shop, fix=handset.fix(_PLACE))
    line = OrderLine(
        product_id=_dashed(company.product_id(0)),
        product_name="Product 0",
        quantity=1,
        price_minor=10_000,
    )
    handset.visits.take_order(visit.id, [line])
    handset.visits.check_out(visit.id, fix=handset.fix(_PLACE))


def _work(handset: Handset, shop: str, over: threading.Event, every_s: float) -> None:
    draw = random.Random(new_id())
    while not over.wait(draw.uniform(0.5, 1.5) * every_s):
        _visit(handset, shop)
        handset.synchronize()


def _probe(
    tapak: RunningTapak, handset: Handset, shop: str, rep_id: str, seconds: float
) -> list[float]:
    office = urllib3.PoolManager(retries=False)
    answer = office.request(
        "POST", f"{tapak.url}/api/v1/session", json={"user": "admin", "password": _PASSWORD}
    )
    cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    today = business_day(utc_now(), _ZONE)
    question = {"metrics": "calls", "from": f"{today}", "to": f"{_tomorrow()}", "rep": rep_id}

    def calls() -> int:
        found: Any = office.request(
            "GET", f"{tapak.url}/api/v1/metrics/values", fields=question, headers=cookie
        ).json()
        return int(found["values"][0]["value"])

    taken: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wanted = calls() + 1
        _visit(handset, shop)
        started = time.monotonic()
        handset.synchronize()
        while calls() < wanted:
            if time.monotonic() - started > _GIVE_UP_S:
                raise TimeoutError("a visit was not counted within a minute")
            time.sleep(_LOOK_EVERY_S)
        taken.append(time.monotonic() - started)
        time.sleep(0.3)
    return taken


def _tomorrow() -> object:
    return business_day(utc_now(), _ZONE).fromordinal(
        business_day(utc_now(), _ZONE).toordinal() + 1
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
