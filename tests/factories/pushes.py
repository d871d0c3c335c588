"""Changes as a phone sends them, for tests that need the server's side only."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from server.identity.queries import find_phone
from server.platform.database import db
from server.sync.epochs import current_epoch
from server.sync.incoming import Sender
from server.sync.push import push
from shared.sync import chain
from shared.sync.ids import new_id
from shared.sync.protocol import (
    SCHEMA_VERSION,
    Captured,
    Change,
    ClockReading,
    Kind,
    PushHeader,
)
from shared.time import utc_now
from tests.factories.company import ZONE
from tests.factories.phones import enrol_phone

_TAKEN = {"ok", "merged"}


class Told(NamedTuple):
    """A change, and when the phone says that it was made."""

    entity: str
    record_id: str
    data: Mapping[str, Any]
    at: dt.datetime
    kind: Kind = Kind.CREATE


def send(rep_id: str, *changes: Told) -> None:
    """Push these changes from another phone of the rep; the caller commits.

    :raises AssertionError: if the server does not take one
    """
    now = utc_now()
    device = enrol_phone(rep_id, at=now).device
    head, lines, group = device.head, [], new_id()
    for number, told in enumerate(changes, start=1):
        wall_ms = int(told.at.timestamp() * 1000)
        change = Change(
            sequence=number,
            entity=told.entity,
            kind=told.kind,
            record_id=told.record_id,
            data=dict(told.data),
            captured=Captured(ClockReading(wall_ms, number, "boot")),
            base_version=0 if told.kind is Kind.PATCH else None,
            group_id=group if told.entity in {"visit", "check_in"} else None,
        )
        line, head = chain.seal(change.to_body(), head=head, key=device.mac_key)
        lines.append(line)
    header = PushHeader(
        request_id="r",
        device_id=device.id,
        schema_version=SCHEMA_VERSION,
        count=len(lines),
        first=1,
        head_before=device.head.hex(),
        settled=0,
        epoch=current_epoch(),
    )
    sender = Sender(
        device_id=device.id,
        rep_id=rep_id,
        time_zone=ZONE,
        reporting_currency="IDR",
        secret_key="only for tests",
        received_at=now,
    )
    phone = find_phone(access_hash=device.access_hash, lock=True)
    assert phone is not None
    answers = push(header=header, lines=lines, sender=sender, phone=phone).results
    assert {answer[1] for answer in answers} <= _TAKEN, answers
    db.session.expire_all()
