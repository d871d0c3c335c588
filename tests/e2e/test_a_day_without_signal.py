"""A rep works a day without a network, and the manager sees exactly that day, once.

The phone dies in the middle of both visits and of a sync; the network is bad all along.
"""

import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import urllib3

from server.platform.settings import Settings
from shared.time import business_day, utc_now
from tests.e2e.pocket import PhoneInPocket, phone_in_pocket, sync_until_sent
from tests.fakes.company import JAYA, MAJU, PASSWORD, ZONE, Company, found_company
from tests.support.application import running_app
from tests.support.proxy import BadConnection, Fault, bad_connection
from tests.support.tapak import RunningTapak, wait_until


class Manager:
    """Rina, with a browser's cookie."""

    def __init__(self, url: str, company: Company) -> None:
        self._url = url
        answer = urllib3.request(
            "POST",
            f"{url}/api/v1/session",
            json={"user": f"manager{company.tag}", "password": PASSWORD},
        )
        assert answer.status == 200, answer.data
        self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def get(self, path: str, **query: str) -> Any:
        """Ask the HTTP API."""
        answer = urllib3.request(
            "GET", self._url + path, fields=query, headers={"Cookie": self._cookie}
        )
        assert answer.status == 200, answer.data
        return answer.json()


@pytest.fixture
def company(tapak: RunningTapak, database_url: str) -> Iterator[Company]:
    with running_app(Settings(data=tapak.data, database_url=database_url)) as app:
        yield found_company(app)


@pytest.mark.timeout(600)
def test_a_day_without_signal(tapak: RunningTapak, company: Company, tmp_path: Path) -> None:
    with bad_connection(tapak.url) as connection, phone_in_pocket(tmp_path / "phone") as phone:
        connection.next(Fault.LOSE_ANSWER)
        enrol(phone, connection, company)
        sync_until_sent(phone)
        assert set(phone.do("customers", text="toko")) == {company.maju, company.jaya}

        connection.usual = Fault.REFUSE
        assert phone.do("sync") == "offline"
        work_the_day(phone, company)
        assert phone.do("waiting") == [13, 0]

        connection.usual = Fault.NONE
        send_over_a_bad_connection(phone, connection)
        sync_until_sent(phone)
        assert phone.do("waiting") == [0, 0]

        manager = Manager(tapak.url, company)
        check_what_the_manager_sees(manager, company)
        phone.die()
        sync_until_sent(phone)
        check_what_the_manager_sees(manager, company)


def enrol(phone: PhoneInPocket, connection: BadConnection, company: Company) -> None:
    """Lose the first answer and kill the app: the same code works again."""
    code = company.enrolment_code(company.sari)
    phone.tell("enrol", server=connection.url, code=code)
    wait_until(lambda: len(connection.requests) == 1)
    phone.die()
    assert phone.do("enrol", server=connection.url, code=code) == "Sari Dewi"


def work_the_day(phone: PhoneInPocket, company: Company) -> None:
    """Make a planned visit with an order, an unplanned one without; die in both."""
    phone.do("start_day")
    latitude, longitude = MAJU
    assert (
        phone.do("check_in", customer=company.maju, latitude=latitude, longitude=longitude)
        == "inside"
    )
    phone.do("notes", text="Wants a display")
    phone.die()
    assert phone.do("open_visit") == company.maju
    assert phone.do("order", product=company.soda, quantity=3, price_minor=5_000_00) == 15_000_00
    phone.do("check_out")
    far_away = JAYA[0] + 0.01
    assert (
        phone.do("check_in", customer=company.jaya, latitude=far_away, longitude=JAYA[1])
        == "outside"
    )
    phone.tell("no_sale", reason="owner_absent")
    phone.die()
    if not has_reason(phone):
        phone.do("no_sale", reason="owner_absent")
    phone.do("check_out")
    phone.do("add_prospect", name="Warung Siti")
    phone.do("end_day")


def has_reason(phone: PhoneInPocket) -> bool:
    """Return whether the last command was saved before the kill; either may be."""
    return bool(phone.do("waiting")[0] == 10)


def send_over_a_bad_connection(phone: PhoneInPocket, connection: BadConnection) -> None:
    """Meet each fault once; then die while the server works."""
    for fault in (
        Fault.LOSE_ANSWER,
        Fault.CUT_ANSWER,
        Fault.CUT_REQUEST,
        Fault.LOSE_REQUEST,
        Fault.REFUSE,
    ):
        connection.next(fault)
        assert phone.do("sync") == "offline"
    connection.delay_s = 0.0
    connection.next(Fault.REPEAT_REQUEST, Fault.LOSE_ANSWER)
    phone.do("sync")
    asked = len(connection.requests)
    connection.delay_s = 0.5
    connection.next(Fault.DELAY)
    phone.tell("sync")
    wait_until(lambda: len(connection.requests) > asked)
    phone.die()
    time.sleep(0.6)  # the request the dead phone sent arrives after its death


def check_what_the_manager_sees(manager: Manager, company: Company) -> None:
    # Since the work was done, midnight may have come.
    today, day = business_day(utc_now(), ZONE), dt.timedelta(days=1)
    days = {"from": (today - day).isoformat(), "to": (today + day).isoformat()}

    page = manager.get("/api/v1/visits", **days)
    assert page["total"] == 2
    visits = {row["customer_id"]: row for row in page["rows"]}
    planned, unplanned = visits[company.maju], visits[company.jaya]
    assert {row["rep_id"] for row in visits.values()} == {company.sari}
    assert {row["state"] for row in visits.values()} == {"completed"}
    assert {row["time_trust"] for row in visits.values()} == {"verified"}
    assert (planned["planned"], planned["verdict"]) == (True, "inside")
    assert (unplanned["planned"], unplanned["verdict"]) == (False, "outside")
    assert unplanned["no_sale_reason"] == "owner_absent"
    detail = manager.get(f"/api/v1/visits/{planned['id']}")
    assert detail["notes"] == "Wants a display"
    assert detail["check_in"]["phone_verdict"] == "inside"
    assert detail["check_in"]["was_offline"]

    deals = manager.get("/api/v1/deals", visit=planned["id"])
    assert [row["amount_minor"] for row in deals["rows"]] == [15_000_00]
    customers = manager.get("/api/v1/customers", search="Warung Siti")
    assert customers["total"] == 1

    keys = ("calls", "productive_calls", "won_deals", "revenue", "pjp_rate", "geofence_compliance")
    wait_until(
        lambda: not manager.get("/api/v1/metrics/values", **days)["stale"],
        what=lambda: "the numbers to be computed",
    )
    answer = manager.get("/api/v1/metrics/values", metrics=",".join(keys), **days)
    values = {value["key"]: value for value in answer["values"]}
    found = [Decimal(values[key]["numerator"]) for key in keys]
    assert found == [2, 1, 1, 15_000, 1, 1]  # money in rupiah
    rates = ("pjp_rate", "geofence_compliance")
    assert [int(values[key]["denominator"]) for key in rates] == [1, 2]
