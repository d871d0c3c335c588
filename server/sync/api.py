"""The phone's endpoints: enrol, renew tokens, push, pull. They translate; they decide nothing."""

import datetime as dt
import gzip
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

import orjson
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from sqlalchemy.exc import DBAPIError

from server.currencies.queries import list_currencies
from server.identity import operations as identity
from server.identity.models import Before
from server.identity.queries import KnownPhone
from server.platform.clock import business_today
from server.platform.errors import ProblemError
from server.platform.json import answers
from server.platform.organisation import organisation
from server.platform.pace import keep_pace
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.sync.anchors import make_anchor
from server.sync.bodies import BodyTooLargeError, MessageMalformedError, lines_of, read_body
from server.sync.epochs import begin_epoch_after, current_epoch
from server.sync.forks import last_common
from server.sync.incoming import Sender
from server.sync.pull import note_end, pull, snapshot
from server.sync.push import Outcome, expect, push
from server.sync.together import NotTogetherError
from server.sync.transient import is_transient
from shared import failpoints
from shared.i18n import N_
from shared.schemas.enrolment import EnrolSchema, RefreshSchema
from shared.sync.protocol import (
    ENROL_PATH,
    MAX_CHANGES,
    OLDEST_SCHEMA_VERSION,
    PULL_PATH,
    PUSH_PATH,
    REFRESH_PATH,
    SCHEMA_VERSION,
    SYNC_HEADER,
    WIPED_PATH,
    EnrolAnswer,
    Former,
    MalformedError,
    PullRequest,
    PushAnswer,
    PushHeader,
    TokenAnswer,
    VersionError,
)
from shared.time import business_day, utc_now

logger = logging.getLogger(__name__)

blueprint = Blueprint("sync", __name__, description="Phones: enrolment and sync (docs/sync.md).")

Message = TypeVar("Message")


class _LetIn(NamedTuple):
    """What is known of a phone whose token was good a little while ago."""

    until: float
    """End of that while, by `time.monotonic`."""
    rep_id: str
    time_zone: str
    """The rep's."""


_DEVICE_SCHEME = "Device "
_WORTH_COMPRESSING = 500
_RATES_OF_DAYS = 60
"""Phones offer the currencies that had a rate in so many days."""
_KNOWN_FOR_S = 600.0
_MOST_KNOWN = 20_000
_let_in: dict[bytes, _LetIn] = {}
"""By hashes of tokens that were good a little while ago."""


class DeviceNeededError(ProblemError):
    """Only a phone with its token may ask this."""

    code = "token_unknown"
    status = 401
    title = N_("This phone is not known here. Enrol it again.")


class AppOutdatedError(ProblemError):
    """The app speaks a protocol that is not understood here."""

    code = "app_outdated"
    status = 426
    title = N_("Update the app, please. Your records are safe on the phone.")


@blueprint.after_request
def mark_as_ours(response: Response) -> Response:
    """Let phones tell our answers from those of portals and proxies; compress long ones."""
    response.headers[SYNC_HEADER] = "1"
    response.headers["Cache-Control"] = "no-store"
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    # A refusal is read by people, too, and by tools that are not told what it is packed in.
    if (
        accepts
        and response.status_code == HTTPStatus.OK
        and response.content_length
        and response.content_length > _WORTH_COMPRESSING
    ):
        response.set_data(gzip.compress(response.get_data(), compresslevel=6))
        response.headers["Content-Encoding"] = "gzip"
    return response


@blueprint.post(ENROL_PATH)
@blueprint.doc(responses=answers("application/json"))
@blueprint.arguments(EnrolSchema)
def enrol(body: dict[str, Any]) -> ResponseReturnValue:
    """Turn a phone into a device of the user the code was made for. Safe to repeat."""
    now, settings = utc_now(), current_settings()
    former = body.get("former_id")
    with transaction():
        before = _before(former, body) if former else None
        enrolment = identity.enrol(
            code=body["code"],
            device_id=body["device_id"],
            device_name=body.get("device_name", ""),
            app_version=body.get("app_version", ""),
            secret_key=_secret_key(),
            at=now,
            before=before,
        )
        answer = EnrolAnswer(
            user_id=enrolment.user.id,
            rep_name=enrolment.user.name,
            organisation={
                "currency": settings.reporting_currency,
                "time_zone": enrolment.user.time_zone,
                **_changing_settings(),
            },
            mac_key=enrolment.device.mac_key.hex(),
            epoch=current_epoch(),
            anchor_token=make_anchor(now, secret_key=_secret_key()),
            tokens=TokenAnswer(enrolment.tokens.access, enrolment.tokens.refresh),
            former=Former(through=enrolment.former_through) if before else None,
        )
    return _json(answer.to_wire())


@blueprint.post(REFRESH_PATH)
@blueprint.doc(responses=answers("application/json"))
@blueprint.arguments(RefreshSchema)
def refresh(body: dict[str, str]) -> ResponseReturnValue:
    """Give a phone new tokens. The old refresh token stays good for five more minutes."""
    now = utc_now()
    with transaction():
        tokens = identity.refresh_tokens(refresh=body["refresh"], secret_key=_secret_key(), at=now)
        if tokens.lost_at is not None:
            begin_epoch_after(lost_at=tokens.lost_at, at=now)
    return _json({"access": tokens.access, "refresh": tokens.refresh})


@blueprint.post(PUSH_PATH)
@blueprint.doc(
    security=[{"device": []}],
    responses=answers("application/json"),
    requestBody={
        "required": True,
        "description": "A header line and one line a change, NDJSON, may be gzipped.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    },
)
def push_changes() -> ResponseReturnValue:
    """Take a phone's changes in their order, each at most once; answer each of them."""
    now, token = utc_now(), _token()
    keep_pace(token)
    known = _known(token)
    header_line, *lines = lines_of(read_body())
    header = _read(PushHeader.from_line, header_line)
    if len(lines) > MAX_CHANGES:
        raise BodyTooLargeError
    received_at = utc_now()
    failpoints.reach("server: request read")
    try:
        outcome = _push(header, lines, token, received_at, known=known)
    except (DBAPIError, NotTogetherError) as error:
        if isinstance(error, DBAPIError) and is_transient(error):
            raise
        logger.info("changes are applied one by one: %r", error)
        outcome = _push(header, lines, token, received_at, known=known, in_bulk=False)
    failpoints.reach("server: committed")
    if outcome.problem is not None:
        raise outcome.problem
    answer = PushAnswer(
        request_id=header.request_id,
        epoch=outcome.epoch,
        through=outcome.through,
        results=(),
        anchor_token=make_anchor(now, secret_key=_secret_key()),
    )
    return _json(answer.to_wire() | {"res": outcome.results})


def _push(
    header: PushHeader,
    lines: Sequence[bytes],
    token: str,
    received_at: dt.datetime,
    *,
    known: _LetIn,
    in_bulk: bool = True,
) -> Outcome:
    with transaction():
        day = business_day(received_at, known.time_zone)
        expect(header, lines if in_bulk else (), rep_id=known.rep_id, day=day)
        phone = identity.authenticate_device(access=token, at=received_at, sends=True, lock=True)
        _check_sender(header.device_id, header.schema_version, phone)
        sender = _sender(phone, received_at)
        return push(header=header, lines=lines, sender=sender, phone=phone, in_bulk=in_bulk)


@blueprint.post(PULL_PATH)
@blueprint.doc(
    security=[{"device": []}],
    responses=answers("application/json"),
    requestBody={
        "required": True,
        "description": "The phone's cursors: a position for each scope.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
)
def pull_changes() -> ResponseReturnValue:
    """Return what changed in the phone's scopes since its cursors, page by page."""
    now = utc_now()
    keep_pace(_token())
    with snapshot():
        phone = _authenticate()
        identity.check_not_to_be_wiped(phone)
        wanted = _read(PullRequest.from_bytes, read_body())
        _check_sender(wanted.device_id, wanted.schema_version, phone)
        page = pull(
            request=wanted,
            rep_id=phone.user_id,
            through=phone.through,
            chain_head=phone.head,
            anchor_token=make_anchor(now, secret_key=_secret_key()),
            organisation=_changing_settings(),
        )
    failpoints.reach("server: page read")
    if page.is_last:
        with transaction():
            note_end(device_id=phone.id, request=wanted, rep_id=phone.user_id, at=now)
    return _json(page.wire)


@blueprint.post(WIPED_PATH)
@blueprint.doc(security=[{"device": []}], responses=answers("application/json"))
def wiped() -> ResponseReturnValue:
    """Note that the phone has deleted what it held, as it was asked to. Safe to repeat."""
    with transaction():
        phone = _authenticate(for_wipe=True)
        identity.confirm_wipe(device_id=phone.id, at=utc_now())
    return _json({})


def _token() -> str:
    """
    Return the token that came with the request.

    :raises DeviceNeededError: if there is none
    """
    header = request.headers.get("Authorization", "")
    if not header.startswith(_DEVICE_SCHEME):
        raise DeviceNeededError
    return header.removeprefix(_DEVICE_SCHEME).strip()


def _authenticate(*, for_wipe: bool = False, sends: bool = False) -> KnownPhone:
    """
    Return the phone whose token came with the request.

    :raises ProblemError: 401 with a code the phone understands
    """
    return identity.authenticate_device(
        access=_token(), at=utc_now(), for_wipe=for_wipe, sends=sends
    )


def _known(token: str) -> _LetIn:
    """
    Read no body of a stranger. Whether the phone may send is asked again when its row is locked.

    :raises ProblemError: 401 with a code the phone understands
    """
    access_hash, now = hashlib.sha256(token.encode(errors="replace")).digest(), time.monotonic()
    known = _let_in.get(access_hash)
    if known is not None and known.until > now:
        return known
    phone = _authenticate(sends=True)
    if len(_let_in) >= _MOST_KNOWN:
        _let_in.clear()
    known = _let_in[access_hash] = _LetIn(now + _KNOWN_FOR_S, phone.user_id, phone.time_zone)
    return known


def _sender(phone: KnownPhone, received_at: dt.datetime) -> Sender:
    return Sender(
        device_id=phone.id,
        rep_id=phone.user_id,
        time_zone=phone.time_zone,
        reporting_currency=current_settings().reporting_currency,
        secret_key=_secret_key(),
        received_at=received_at,
        forebears=phone.chain.forebears if phone.chain else (),
    )


def _before(device_id: str, body: dict[str, Any]) -> Before:
    """Return the device that a phone has been, with what it says of that one's chain."""
    heads = tuple((said["s"], said["h"]) for said in body.get("former_heads", []))
    common = last_common(device_id, heads) if heads else None
    return Before(device_id, body.get("former_settled", 0), common)


def _read(parse: Callable[[bytes], Message], body: bytes) -> Message:
    """
    Return what a phone says.

    :raises AppOutdatedError: if it speaks another version of the protocol
    :raises MessageMalformedError: if it is not what the protocol says
    """
    try:
        return parse(body)
    except VersionError as error:
        raise AppOutdatedError from error
    except MalformedError as error:
        raise MessageMalformedError(str(error), field=error.field) from error


def _check_sender(device_id: str, schema_version: int, phone: KnownPhone) -> None:
    if device_id != phone.id:
        raise DeviceNeededError
    if not OLDEST_SCHEMA_VERSION <= schema_version <= SCHEMA_VERSION:
        raise AppOutdatedError


def _changing_settings() -> dict[str, Any]:
    """Return the settings phones go by that may change while they are enrolled."""
    known, currency = organisation(), current_settings().reporting_currency
    since = business_today() - dt.timedelta(days=_RATES_OF_DAYS)
    return {
        "currencies": list_currencies(reporting_currency=currency, since=since),
        "geofence_radius_m": known.geofence_radius_m,
        "track_retention_days": known.track_retention_days,
        "day_starts": known.day_starts,
        "day_ends": known.day_ends,
        **known.work_rules.to_wire(),
    }


def _secret_key() -> str:
    return str(current_app.config["SECRET_KEY"])


def _json(wire: dict[str, Any]) -> Response:
    return Response(orjson.dumps(wire), mimetype="application/json")
