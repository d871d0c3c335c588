"""The button that has a phone wiped: for administrators, and nobody else."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import Wipe
from tests.factories.company import FOUNDED_AT, Company, sign_in
from tests.factories.phones import enrol_phone
from tests.support.forms import form_to, send, take_back


@pytest.fixture
def device_id(app: object, company: Company) -> str:
    with app.app_context(), transaction():  # type: ignore[attr-defined]
        return enrol_phone(company.budi, at=FOUNDED_AT, name="A").device.id


def press(client: FlaskClient, device_id: str, **fields: str) -> str:
    """Press a button of the phone's row; return the page that follows."""
    where = "wipe" if "when" in fields else "revoke"
    answer = send(client, "/devices?state=all", f"/devices/{device_id}/{where}", **fields)
    assert answer.status_code == 200
    return answer.text


def wanted() -> Wipe | None:
    return db.session.scalars(select(Device.wipe)).one()


def test_an_administrator_asks_and_sees_it(
    client: FlaskClient, company: Company, device_id: str
) -> None:
    sign_in(client, "admin")
    html = press(client, device_id, when="after_push")
    assert "will be wiped when all is sent" in html
    html = press(client, device_id, when="")
    assert "The phone keeps its data." in html
    html = press(client, device_id, when="now")
    assert "The phone deletes its data when it next syncs." in html
    assert "will be wiped when it next syncs" in html
    assert "Wipe at once" not in html
    with client.application.app_context():
        assert wanted() == Wipe.NOW


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [
        ({"revoked": "yes"}, {"revoked": "yes"}, "access ended"),
        ({"when": "after_push"}, {"when": "after_push"}, "will be wiped when all is sent"),
    ],
    ids=["end access", "wipe"],
)
def test_two_who_decide_the_same_undo_nothing_of_each_other(
    client: FlaskClient,
    company: Company,
    device_id: str,
    one: dict[str, str],
    other: dict[str, str],
    left: str,
) -> None:
    sign_in(client, "admin")
    place = f"/devices/{device_id}/" + ("wipe" if "when" in one else "revoke")
    opened = form_to(client.get("/devices").text, place) | other
    told = press(client, device_id, **one)

    late = client.post(place, data=opened, follow_redirects=True).text

    assert "in the meantime" in late
    assert "Undo" not in late
    assert left in client.get("/devices?state=all").text
    take_back(client, told)
    assert left not in client.get("/devices?state=all").text


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
    path = f"/devices/{device_id}/wipe"
    fields = form_to(client.get("/devices").text, path)
    assert client.post(path, data=fields | {"when": "yesterday"}).status_code == 422
    other = path.replace(device_id, new_id())
    assert client.post(other, data=fields | {"when": "now", "once": new_id()}).status_code == 404
