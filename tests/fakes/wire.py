"""What a phone could send if it were not ours: bare requests, past its services."""

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobile.device.tokens import ACCESS_TOKEN
from mobile.storage import device as phone_device
from server.identity.models import Device
from server.platform.database import db
from shared.sync import chain
from shared.sync.protocol import PUSH_PATH, Captured, Change, ClockReading, Kind, PushHeader
from tests.fakes.company import Company
from tests.fakes.handset import Handset


def problem(response: TestResponse) -> tuple[int, str]:
    assert response.headers["X-Sync"] == "1"
    assert response.mimetype == "application/problem+json"
    return response.status_code, response.json["code"]  # type: ignore[index]


def token(phone: Handset) -> dict[str, str]:
    return {"Authorization": f"Device {phone.secrets.read(ACCESS_TOKEN)}"}


def header(phone: Handset, **changed: Any) -> dict[str, Any]:
    with phone.database.read() as connection:
        state = phone_device.get(connection)
    wire: dict[str, Any] = json.loads(
        PushHeader(
            request_id="r1",
            device_id=state.device_id,
            schema_version=1,
            count=0,
            first=1,
            head_before=chain.FIRST_HEAD.hex(),
            settled=0,
            epoch=state.epoch,
        ).to_line()
    )
    return {**wire, **changed}


def post(
    client: FlaskClient, phone: Handset, wire: dict[str, Any], *lines: bytes, **headers: str
) -> TestResponse:
    body = b"\n".join([json.dumps(wire).encode(), *lines]) + b"\n"
    return client.post(PUSH_PATH, data=body, headers={**token(phone), **headers})


def send(
    client: FlaskClient, phone: Handset, company: Company, *changes: tuple[str, str, str, Any]
) -> list[list[Any]]:
    """Push changes as (entity, kind, id, data), sealed as the phone's own, past its services."""
    with company.app.app_context():
        with phone.database.read() as connection:
            state = phone_device.get(connection)
        device = db.session.get_one(Device, state.device_id)
        head, key, first = device.head, device.mac_key, device.through + 1
    before, lines = head, []
    for sequence, (entity, kind, record_id, data) in enumerate(changes, start=first):
        change = Change(
            sequence=sequence,
            entity=entity,
            kind=Kind(kind),
            record_id=record_id,
            data=data,
            captured=Captured(ClockReading(1_795_000_000_000, 1_000, "b")),
            base_version=0 if kind == "p" else None,
        )
        line, head = chain.seal(change.to_body(), head=head, key=key)
        lines.append(line)
    wire = header(phone, n=len(lines), first=first, h0=before.hex())
    response = post(client, phone, wire, *lines)
    assert response.status_code == 200, response.data
    return response.json["res"]  # type: ignore[index]
