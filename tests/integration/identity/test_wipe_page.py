"""The button that has a phone wiped: for administrators, and nobody else."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.identity import operations
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import Wipe
from tests.factories.company import FOUNDED_AT, Company, sign_in


@pytest.fixture
def device_id(app: object, company: Company) -> str:
    with app.app_context(), transaction():  # type: ignore[attr-defined]
        code = operations.create_enrolment_code(user_id=company.budi, at=FOUNDED_AT, by=None)
        return operations.enrol(
            code=code, device_id=new_id(), device_name="A", app_version="1", at=FOUNDED_AT
        ).device.id


def press(client: FlaskClient, device_id: str, when: str) -> tuple[int, str]:
    html = client.get("/devices").get_data(as_text=True)
    token = [*re.findall(r'name="csrf_token" value="([^"]+)"', html), ""][0]
    answer = client.post(
        f"/devices/{device_id}/wipe",
        data={"when": when, "csrf_token": token},
        follow_redirects=True,
    )
    return answer.status_code, answer.get_data(as_text=True)


def wanted() -> Wipe | None:
    return db.session.scalars(select(Device.wipe)).one()


def test_an_administrator_asks_and_sees_it(
    client: FlaskClient, company: Company, device_id: str
) -> None:
    sign_in(client, "admin")
    status, html = press(client, device_id, "after_push")
    assert (status, "will be wiped when all is sent" in html) == (200, True)
    status, html = press(client, device_id, "now")
    assert (status, "will be wiped when it next syncs" in html) == (200, True)
    assert "Wipe at once" not in html
    with client.application.app_context():
        assert wanted() == Wipe.NOW


@pytest.mark.parametrize("who", ["rep", "manager", "stranger"])
def test_nobody_else_does(client: FlaskClient, company: Company, device_id: str, who: str) -> None:
    if who != "stranger":
        sign_in(client, "sari" if who == "rep" else "budi")
    html = client.get("/sign-in" if who == "stranger" else "/").get_data(as_text=True)
    token = [*re.findall(r'name="csrf_token" value="([^"]+)"', html), ""][0]
    answer = client.post(f"/devices/{device_id}/wipe", data={"when": "now", "csrf_token": token})
    assert answer.status_code in (302, 401, 403)
    with client.application.app_context():
        assert wanted() is None


def test_nonsense_is_refused(client: FlaskClient, company: Company, device_id: str) -> None:
    sign_in(client, "admin")
    assert press(client, device_id, "yesterday")[0] == 422
    assert press(client, new_id(), "now")[0] == 404
