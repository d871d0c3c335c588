"""Days that phones of older versions recorded: the server of today takes all of them.

`tests/golden/sync/day-of-schema-N.ndjson` holds what a real phone wrote, with everything a rep may
do, as lines without their macs. The ids of the company are written as ids of their own. A file is
added with each new `SCHEMA_VERSION`, and never changed.
"""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobile.storage import device as phone_device
from server.deals.models import Deal
from server.identity.models import Device
from server.platform.database import db
from server.sync.models import ChangeLog, Quarantine
from server.visits.models import CheckIn, CheckOut, Visit
from shared.schemas.catalogue import UPWARD
from shared.sync import chain
from shared.sync.protocol import (
    OLDEST_SCHEMA_VERSION,
    PUSH_PATH,
    SCHEMA_VERSION,
    Change,
    Kind,
    PushHeader,
)
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.wire import token
from tests.integration.sync.conftest import NewPhone

_FOLDER = Path(__file__).parents[2] / "golden" / "sync"
_SPOKEN = range(OLDEST_SCHEMA_VERSION, SCHEMA_VERSION + 1)


def recorded_id(number: int) -> str:
    """Return how a recorded day names a record of the company."""
    return f"00000000-0000-7000-8000-{number:012d}"


def day_of(schema: int, company: Company) -> list[bytes]:
    """Return the lines of a recorded day, as one at this company."""
    text = (_FOLDER / f"day-of-schema-{schema}.ndjson").read_text()
    own = (company.team, company.maju, company.jaya, company.stop, company.soda, company.soap)
    for number, known in enumerate(own, start=1):
        text = text.replace(recorded_id(number), known)
    return text.encode().splitlines()


def push(phone: Handset, company: Company, bodies: list[bytes], *, schema: int) -> list[list[str]]:
    """Send lines as a phone of that version; return the answers."""
    with phone.database.read() as connection:
        state = phone_device.get(connection)
    with company.app.app_context():
        key = db.session.get_one(Device, state.device_id).mac_key
    head, lines = chain.FIRST_HEAD, []
    for body in bodies:
        line, head = chain.seal(body, head=head, key=key)
        lines.append(line)
    header = PushHeader(
        request_id="recorded",
        device_id=state.device_id,
        schema_version=schema,
        count=len(lines),
        first=1,
        head_before=chain.FIRST_HEAD.hex(),
        settled=0,
        epoch=state.epoch,
    )
    body = b"\n".join([header.to_line(), *lines]) + b"\n"
    response = company.app.test_client().post(PUSH_PATH, data=body, headers=token(phone))
    assert response.status_code == 200, response.data
    answers: list[list[str]] = response.json["res"]  # type: ignore[index]
    return answers


@pytest.mark.parametrize("schema", _SPOKEN)
def test_all_of_a_recorded_day_is_taken_and_given_to_other_phones(
    phone: Handset, new_phone: NewPhone, company: Company, schema: int
) -> None:
    bodies = day_of(schema, company)

    answers = push(phone, company, bodies, schema=schema)

    assert [answer[1] for answer in answers if answer[1] != "merged"] == ["ok"] * 34
    with company.app.app_context():
        for table, rows in ((Visit, 3), (CheckIn, 3), (CheckOut, 2), (Deal, 2), (ChangeLog, 35)):
            assert db.session.scalar(select(func.count()).select_from(table)) == rows
        assert db.session.scalar(select(func.count()).select_from(Quarantine)) == 0
    other = new_phone(company.sari)
    with other.database.read() as connection:
        shown = connection.execute("SELECT notes FROM visit WHERE notes <> ''").fetchall()
    assert [row["notes"] for row in shown] == ["Pemilik minta diskon 😀"]
    again = push(phone, company, bodies, schema=schema)
    assert [answer[:3] for answer in again] == [answer[:3] for answer in answers]


def test_a_recorded_day_holds_whatever_a_rep_may_do(company: Company) -> None:
    changes = [Change.from_body(body) for body in day_of(SCHEMA_VERSION, company)]

    done = {(change.entity, change.kind) for change in changes}

    # An answer needs a signal or a conflict, which nobody can raise beforehand; a phone changes no
    # contact yet.
    answers = {("signal.answer", Kind.COMMAND), ("answer.accept", Kind.COMMAND)}
    assert set(UPWARD) - done == answers | {("customer", Kind.PATCH)}
