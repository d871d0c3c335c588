"""Whoever is not this phone any more, or never was: strangers, forgers, copies, the revoked."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from mobile.device.tokens import REFRESH_TOKEN
from mobile.storage import device as phone_device
from mobile.storage import outbox
from mobile.sync.answers import ChainRefusedError, SignInNeededError
from server.identity import operations as identity
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import ChangeLog, Quarantine
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.sync.protocol import PULL_PATH, PUSH_PATH, PullRequest
from shared.time import utc_now
from tests.fakes.company import PASSWORD, Company
from tests.fakes.handset import Handset
from tests.fakes.wire import header, post, problem, send, token
from tests.integration.sync.conftest import NewPhone


@pytest.fixture
def client(company: Company) -> FlaskClient:
    return company.app.test_client()


PULL = PullRequest("r1", new_id(), 1, "first", {}).to_bytes()


def test_a_stranger_is_told_to_enrol(client: FlaskClient) -> None:
    for path, body in ((PUSH_PATH, b"{}\n"), (PULL_PATH, PULL)):
        for authorization in ("", "Device ", "Device nonsense", "Bearer nonsense"):
            headers = {"Authorization": authorization}
            assert problem(client.post(path, data=body, headers=headers)) == (401, "token_unknown")
        assert problem(client.post(path, data=body)) == (401, "token_unknown")


@pytest.mark.parametrize("who", ["manager", "sari"])
@pytest.mark.parametrize("path", [PUSH_PATH, PULL_PATH])
def test_a_signed_in_person_is_no_phone(
    client: FlaskClient, company: Company, who: str, path: str
) -> None:
    signed_in = client.post(
        "/api/v1/session", json={"user": f"{who}{company.tag}", "password": PASSWORD}
    )
    assert signed_in.status_code == 200

    assert problem(client.post(path, data=b"{}\n")) == (401, "token_unknown")


def test_a_phone_cannot_speak_for_another(
    client: FlaskClient, phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    other = new_phone(company.budi)
    borrowed = header(other)

    assert problem(post(client, phone, borrowed)) == (401, "token_unknown")


@pytest.mark.fault("data", "forged ids, another rep's records")
def test_another_reps_records_look_like_none(
    client: FlaskClient, phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    budi = new_phone(company.budi)
    unknown = new_id()

    results = send(
        client,
        budi,
        company,
        ("visit", "p", visit.id, {"notes": "mine now"}),
        ("visit", "p", unknown, {"notes": "mine now"}),
        ("stop.cancel", "x", company.stop, {"reason": "mine now"}),
        ("customer", "p", company.maju, {"phone": "0"}),
        ("visit", "c", visit.id, {"customer_id": company.maju, "time_zone": "Asia/Jakarta"}),
    )

    assert [result[1:3] for result in results] == [
        ["rejected", "visit.unknown"],
        ["rejected", "visit.unknown"],
        ["rejected", "stop.unknown"],
        ["rejected", "not_allowed"],
        ["rejected", "id_reused"],
    ]
    with company.app.app_context():
        assert db.session.get_one(Visit, visit.id).notes == ""


@pytest.mark.fault("history", "token expired; refresh answer lost; access ended")
def test_a_revoked_phone_is_told_so_and_keeps_its_work(phone: Handset, company: Company) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    with company.app.app_context(), transaction():
        identity_id = phone.enrolment.identity()
        assert identity_id is not None
        identity.revoke_device(device_id=identity_id.device_id, at=utc_now(), by=None)

    with pytest.raises(SignInNeededError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "device_revoked"
    assert phone.sync.status().waiting == 2
    assert phone.sync.status().problem == "device_revoked"


@pytest.mark.fault("history", "token expired; refresh answer lost; access ended")
def test_an_expired_token_is_renewed_without_a_word(phone: Handset, company: Company) -> None:
    before = phone.secrets.read(REFRESH_TOKEN)
    with company.app.app_context(), transaction():
        db.session.execute(update(Device).values(access_expires_at=utc_now()))
    phone.visits.check_in(customer_id=company.maju, fix=None)

    phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert phone.secrets.read(REFRESH_TOKEN) != before


def test_a_scope_of_another_rep_is_not_given(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    with phone.database.read() as connection:
        state = phone_device.get(connection)
    request = PullRequest("r", state.device_id, 1, state.epoch, {f"rep:{company.budi}": 0})

    answer = client.post(PULL_PATH, data=request.to_bytes(), headers=token(phone)).json

    assert answer is not None
    assert answer["scopes"] == ["org", f"rep:{company.sari}"]


@pytest.mark.fault("data", "a changed, swapped or removed line")
def test_a_line_changed_after_it_was_made_is_kept_and_reported(
    phone: Handset, company: Company
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.tamper_with_check_ins()

    with pytest.raises(ChainRefusedError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "tampered"
    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == 0
        assert db.session.scalars(select(Quarantine.reason)).all() == ["tampered"] * 2


@pytest.mark.fault("history", "phone's database copied to a second phone, or restored")
def test_a_copied_phone_is_found_out(phone: Handset, new_phone: NewPhone, company: Company) -> None:
    phone.day.start_day()
    with phone.database.read() as connection:
        copied = connection.execute("SELECT head, next_sequence FROM device").fetchone()
        assert copied["next_sequence"] == 3
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    with phone.database.write() as connection:
        connection.execute("DELETE FROM outbox WHERE sequence > 2")
        connection.execute("UPDATE device SET next_sequence = 3, head = ?", (copied["head"],))
        connection.execute("DELETE FROM visit")
        connection.execute("DELETE FROM presence")
    phone.visits.check_in(customer_id=company.jaya, fix=None)

    with pytest.raises(ChainRefusedError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "forked"
    with phone.database.read() as connection:
        assert outbox.has_pending(connection)
