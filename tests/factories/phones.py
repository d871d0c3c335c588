"""Phones that are connected, without an app on them."""

import datetime as dt

from server.identity import operations as identity
from server.identity.models import Enrolment
from shared.sync.ids import new_id


def enrol_phone(rep_id: str, *, at: dt.datetime, name: str = "") -> Enrolment:
    """Make a new phone a person's; return what it was given. The caller commits."""
    return identity.enrol(
        code=identity.create_enrolment_code(user_id=rep_id, at=at, by=None),
        device_id=new_id(),
        device_name=name,
        app_version="1",
        secret_key="only for tests",
        at=at,
    )
