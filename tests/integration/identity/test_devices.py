"""Enrolling phones, refreshing their tokens, ending their access."""

import datetime as dt

import pytest
from flask import Flask

from server.identity import operations
from server.identity.models import Enrolment
from server.identity.operations import (
    DeviceRevokedError,
    TokenExpiredError,
    TokenUnknownError,
    WrongEnrolmentCodeError,
)
from server.platform.tokens import make_token
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from tests.factories.company import FOUNDED_AT, Company

HOUR = dt.timedelta(hours=1)
KEY = "only for tests"


@pytest.fixture(autouse=True)
def _context(app: Flask) -> object:
    with app.app_context():
        yield


def enrol(code: str, device_id: str, at: dt.datetime = FOUNDED_AT) -> Enrolment:
    with transaction():
        return operations.enrol(
            code=code,
            device_id=device_id,
            device_name="Phone",
            app_version="1",
            secret_key=KEY,
            at=at,
        )


def new_code(company: Company) -> str:
    with transaction():
        return operations.create_enrolment_code(user_id=company.sari, at=FOUNDED_AT, by=None)


def test_a_code_makes_a_phone_the_reps(company: Company) -> None:
    enrolment = enrol(new_code(company), new_id())

    device = operations.authenticate_device(access=enrolment.tokens.access, at=FOUNDED_AT)
    assert device.user_id == company.sari


def test_a_code_may_be_typed_in_lower_case_without_dash(company: Company) -> None:
    code = new_code(company).lower().replace("-", "")

    assert enrol(code, new_id()).user.id == company.sari


def test_a_code_serves_one_phone_which_may_ask_again_after_a_lost_answer(company: Company) -> None:
    code, phone = new_code(company), new_id()
    enrol(code, phone)

    assert enrol(code, phone).device.id == phone
    with pytest.raises(WrongEnrolmentCodeError):
        enrol(code, new_id())


def test_a_code_expires(company: Company) -> None:
    with pytest.raises(WrongEnrolmentCodeError):
        enrol(new_code(company), new_id(), at=FOUNDED_AT + 25 * HOUR)


def test_an_expired_access_token_is_refreshed(company: Company) -> None:
    tokens = enrol(new_code(company), new_id()).tokens
    later = FOUNDED_AT + 2 * HOUR
    with pytest.raises(TokenExpiredError):
        operations.authenticate_device(access=tokens.access, at=later)

    with transaction():
        fresh = operations.refresh_tokens(refresh=tokens.refresh, secret_key=KEY, at=later)

    assert operations.authenticate_device(access=fresh.access, at=later)


def test_a_lost_answer_to_a_refresh_locks_nobody_out(company: Company) -> None:
    tokens = enrol(new_code(company), new_id()).tokens
    with transaction():
        operations.refresh_tokens(refresh=tokens.refresh, secret_key=KEY, at=FOUNDED_AT)

    soon = FOUNDED_AT + dt.timedelta(minutes=4)
    with transaction():
        again = operations.refresh_tokens(refresh=tokens.refresh, secret_key=KEY, at=soon)

    assert operations.authenticate_device(access=again.access, at=soon)


def test_an_old_refresh_token_ends_five_minutes_after_its_successor(company: Company) -> None:
    tokens = enrol(new_code(company), new_id()).tokens
    with transaction():
        operations.refresh_tokens(refresh=tokens.refresh, secret_key=KEY, at=FOUNDED_AT)

    with pytest.raises(TokenUnknownError), transaction():
        operations.refresh_tokens(refresh=tokens.refresh, secret_key=KEY, at=FOUNDED_AT + HOUR)


def test_a_revoked_phone_is_told_so(company: Company) -> None:
    enrolment = enrol(new_code(company), new_id())
    with transaction():
        operations.revoke_device(device_id=enrolment.device.id, at=FOUNDED_AT, by=company.admin)

    with pytest.raises(DeviceRevokedError):
        operations.authenticate_device(access=enrolment.tokens.access, at=FOUNDED_AT)


def test_a_token_that_nobody_gave_is_unknown_however_new_it_says_it_is(company: Company) -> None:
    device = enrol(new_code(company), new_id()).device
    newer = FOUNDED_AT + HOUR
    forged = make_token(device.id, at=newer, secret_key="of somebody else")

    for token in (forged, forged[:-1], f"{device.id}.{2**60}", "."):
        with pytest.raises(TokenUnknownError), transaction():
            operations.refresh_tokens(refresh=token, secret_key=KEY, at=newer)


def test_a_token_newer_than_what_is_remembered_tells_of_a_restored_backup(
    company: Company,
) -> None:
    enrolment = enrol(new_code(company), new_id())
    assert enrolment.tokens.lost_at is None
    given_at = FOUNDED_AT + HOUR
    lost = make_token(enrolment.device.id, at=given_at, secret_key=KEY)
    late = given_at + dt.timedelta(days=90)
    with pytest.raises(TokenExpiredError), transaction():
        operations.refresh_tokens(refresh=lost, secret_key=KEY, at=late)

    with transaction():
        tokens = operations.refresh_tokens(refresh=lost, secret_key=KEY, at=given_at + HOUR)

    assert tokens.lost_at == given_at
    assert operations.authenticate_device(access=tokens.access, at=given_at + HOUR)
    with pytest.raises(TokenUnknownError), transaction():  # it is replaced like any other
        operations.refresh_tokens(refresh=lost, secret_key=KEY, at=given_at + 2 * HOUR)
