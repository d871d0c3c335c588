"""Signing in, enrolling phones, their tokens; making and changing users."""

import datetime as dt
import hashlib
import secrets

from sqlalchemy import or_, select
from werkzeug.security import check_password_hash, generate_password_hash

from server.identity import queries
from server.identity.models import Before, Device, Enrolment, EnrolmentCode, SignIn, Tokens, User
from server.identity.queries import AnyPhone, AnyRep, KnownPhone
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.tokens import make_token
from server.platform.versioned import ChangedMeanwhileError
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import Role, Wipe

FREE_ATTEMPTS = 5
LONGEST_LOCK = dt.timedelta(minutes=15)
ENROLMENT_CODE_LIFE = dt.timedelta(hours=24)
ACCESS_LIFE = dt.timedelta(hours=1)
REFRESH_LIFE = dt.timedelta(days=90)
REFRESH_OVERLAP = dt.timedelta(minutes=5)
# Without letters and digits that look alike; 10 of 31 are 49 bits.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[:31]
CODE_LENGTH = 10
# Checked when nobody has that name, to take as long; written out, as to make one takes 0.2 s.
NOBODY_HASH = f"scrypt:32768:8:1$nobody${'0' * 128}"


class WrongCredentialsError(ProblemError):
    """Name or password is wrong; which of them is not said."""

    code = "sign_in.wrong"
    status = 401
    title = N_("User or password is wrong.")


class TooManyAttemptsError(ProblemError):
    """Too many wrong passwords; the account waits."""

    code = "sign_in.locked"
    status = 429
    title = N_("Too many wrong passwords. Wait a little and try again.")


class WrongEnrolmentCodeError(ProblemError):
    """No such code, or it was used or has expired."""

    code = "enrolment.wrong_code"
    status = 401
    title = N_("This code is unknown, used or expired. Ask for a new one.")


class TokenUnknownError(ProblemError):
    """The token was never given out, or was replaced."""

    code = "token_unknown"
    status = 401
    title = N_("This phone is not known here. Enrol it again.")


class TokenExpiredError(ProblemError):
    """The token's time is over; an access token can be refreshed."""

    code = "token_expired"
    status = 401
    title = N_("The sign-in has expired. Your records are safe on the phone.")


class DeviceRevokedError(ProblemError):
    """An administrator ended this phone's access."""

    code = "device_revoked"
    status = 401
    title = N_("This phone's access was ended by the office.")


class SendOnlyError(ProblemError):
    """The rep has left: the phone may send what it holds, and gets nothing more."""

    code = "send_only"
    status = 403
    title = N_("The office has ended this account. The phone only sends what it still holds.")


class WipeError(ProblemError):
    """The phone is to delete what it holds. `when` says whether it may send first."""

    code = "wipe"
    status = 403
    title = N_("The office has asked this phone to delete its data.")


class UserCodeTakenError(ProblemError):
    """Another user has this code."""

    code = "user.code_taken"
    status = 409
    title = N_("Another user has this code already.")


def sign_in(*, code: str, password: str, at: dt.datetime) -> SignIn:
    """Check a password. Wrong ones are counted; from the sixth on the account waits longer."""
    user = db.session.scalar(select(User).where(User.code == code.strip()).with_for_update())
    if user is None or user.password_hash is None or not user.active:
        check_password_hash(NOBODY_HASH, password)
        return SignIn(None, WrongCredentialsError())
    if user.locked_until is not None and at < user.locked_until:
        wait_s = round((user.locked_until - at).total_seconds()) + 1
        return SignIn(None, TooManyAttemptsError(retry_after_s=wait_s))
    if not check_password_hash(user.password_hash, password):
        user.failed_sign_ins += 1
        excess = user.failed_sign_ins - FREE_ATTEMPTS
        if excess >= 0:
            wait = dt.timedelta(seconds=15 * 2 ** min(excess, 10))
            user.locked_until = at + min(wait, LONGEST_LOCK)
        return SignIn(None, WrongCredentialsError())
    user.failed_sign_ins, user.locked_until = 0, None
    user.last_signed_in_at = at
    return SignIn(user)


def create_user(
    *,
    code: str,
    name: str,
    role: Role,
    time_zone: str,
    at: dt.datetime,
    password: str | None = None,
    by: str | None = None,
    user_id: str | None = None,
) -> User:
    """Add a person, under the id they had if a restored backup has lost them.

    :raises UserCodeTakenError: if the code, or the id, is another user's
    """
    taken = select(User.id).where(or_(User.code == code, User.id == user_id))
    if db.session.scalar(taken) is not None:
        raise UserCodeTakenError(code)
    user = User(
        id=user_id or new_id(),
        code=code,
        name=name,
        role=role,
        time_zone=time_zone,
        quota_carrying=role is Role.REP,
        created_at=at,
        password_hash=generate_password_hash(password) if password else None,
    )
    db.session.add(user)
    db.session.flush()
    audit.record(action="user.created", at=at, user_id=by, subject=user.id, role=role)
    return user


def set_password(*, user_id: str, password: str, at: dt.datetime, by: str | None) -> None:
    """Replace the password; sessions signed in with the old one end.

    :raises NotFoundError: if there is no such user
    """
    user = _get_user(user_id)
    user.password_hash = generate_password_hash(password)
    user.failed_sign_ins = 0
    user.locked_until = None
    audit.record(action="user.password_set", at=at, user_id=by, subject=user_id)


def create_enrolment_code(*, user_id: str, at: dt.datetime, by: str | None) -> str:
    """Return a code such as `7KQM4-XPA2D`, good for one phone within a day.

    :raises NotFoundError: if there is no such active user
    """
    if not _get_user(user_id).active:
        raise NotFoundError
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    db.session.add(
        EnrolmentCode(
            code_hash=_hash(code),
            user_id=user_id,
            created_by=by,
            created_at=at,
            expires_at=at + ENROLMENT_CODE_LIFE,
        )
    )
    audit.record(action="device.code_created", at=at, user_id=by, subject=user_id)
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def enrol(
    *,
    code: str,
    device_id: str,
    device_name: str,
    app_version: str,
    secret_key: str,
    at: dt.datetime,
    before: Before | None = None,
) -> Enrolment:
    """Turn a phone into a device of the user the code was made for.

    Safe to repeat: if the answer was lost, the same phone may use the same code again.

    :param secret_key: signs its tokens
    :param before: the device it has been until now, if it was enrolled
    :raises WrongEnrolmentCodeError: if the code is unknown, expired, or another phone's
    """
    plain = code.upper().replace("-", "").replace(" ", "")
    entry = db.session.scalar(
        select(EnrolmentCode).where(EnrolmentCode.code_hash == _hash(plain)).with_for_update()
    )
    if entry is None or at >= entry.expires_at:
        raise WrongEnrolmentCodeError
    user = _get_user(entry.user_id)
    device = db.session.get(Device, device_id)
    if entry.used_at is not None and (device is None or entry.device_id != device_id):
        raise WrongEnrolmentCodeError
    if device is None:
        device = Device(
            id=device_id,
            user_id=user.id,
            mac_key=secrets.token_bytes(32),
            head=bytes(32),
            enrolled_at=at,
        )
        db.session.add(device)
    elif entry.device_id != device_id:
        raise WrongEnrolmentCodeError  # a known phone's id with a fresh code: not the same install
    device.name = device_name
    device.app_version = app_version
    tokens = _give_tokens(device, at=at, secret_key=secret_key)
    former = queries.find_former(before, user_id=user.id) if before else None
    device.forebears = former.forebears if former else None
    entry.used_at = entry.used_at or at
    entry.device_id = device_id
    audit.record(action="device.enrolled", at=at, user_id=user.id, subject=device_id)
    db.session.flush()
    return Enrolment(device, user, tokens, former.through if former else None)


def refresh_tokens(*, refresh: str, secret_key: str, at: dt.datetime) -> Tokens:
    """Replace a phone's tokens. The old refresh token stays good for five more minutes.

    So is one of a life of the database that a restored backup has ended.
    :raises TokenUnknownError: if the token was replaced or never given out
    :raises TokenExpiredError: if the phone was away longer than the token lives
    :raises DeviceRevokedError: if the office ended the phone's access
    """
    hashed = _hash(refresh)
    device = db.session.scalar(
        select(Device)
        .where(or_(Device.refresh_hash == hashed, Device.previous_refresh_hash == hashed))
        .with_for_update()
    )
    lost_at = None
    if device is None:
        device, lost_at = queries.find_lost_phone(refresh, secret_key=secret_key)
    if device is None:
        raise TokenUnknownError
    _check_alive(device, _get_user(device.user_id), at=at, sends=True)
    if lost_at is not None:
        if at >= lost_at + REFRESH_LIFE:
            raise TokenExpiredError
    elif device.refresh_hash != hashed:
        if device.refreshed_at is None or at > device.refreshed_at + REFRESH_OVERLAP:
            raise TokenUnknownError
    elif at >= device.refresh_expires_at:
        raise TokenExpiredError
    tokens = _give_tokens(device, at=at, secret_key=secret_key, lost_at=lost_at)
    device.previous_refresh_hash = hashed
    return tokens


def authenticate_device(
    *, access: str, at: dt.datetime, for_wipe: bool = False, sends: bool = False, lock: bool = False
) -> KnownPhone:
    """Return the phone an access token belongs to.

    :param for_wipe: also one that is to be wiped at once
    :param sends: also one whose rep has left a little while ago: it only brings something
    :param lock: its row, so that it brings one thing at a time
    :raises TokenUnknownError: if the token was replaced or never given out
    :raises TokenExpiredError: if it must be refreshed; WipeError: if it is to be wiped at once
    :raises DeviceRevokedError: if the office ended the phone's access; SendOnlyError: its rep's
    """
    phone = queries.find_phone(access_hash=_hash(access), lock=lock)
    if phone is None:
        raise TokenUnknownError
    if not for_wipe:
        _check_alive(phone, phone, at=at, sends=sends)
    if at >= phone.access_expires_at:
        raise TokenExpiredError
    return phone


def revoke_device(
    *, device_id: str, at: dt.datetime, by: str | None, revoked: bool = True, base: str = ""
) -> Device:
    """End a phone's access, or give it back.

    :param base: the phone's `standing` that this was decided on; empty: whatever it is
    :raises NotFoundError: if there is no such phone; ChangedMeanwhileError: if it stands otherwise
    """
    device = _get_device(device_id, base)
    device.revoked_at = (device.revoked_at or at) if revoked else None
    action = "device.revoked" if revoked else "device.restored"
    audit.record(action=action, at=at, user_id=by, subject=device_id)
    return device


def ask_to_wipe(
    *, device_id: str, wipe: Wipe | None, at: dt.datetime, by: str | None, base: str = ""
) -> Device:
    """Have a phone delete what it holds when it next syncs, also one without access; or not (None).

    :param base: as with `revoke_device`
    :raises NotFoundError: if there is no such phone; ChangedMeanwhileError: if it stands otherwise
    """
    device = _get_device(device_id, base)
    if device.wipe != Wipe.NOW:  # there is no way back from "at once"
        device.wipe = wipe
    action = "device.wipe_asked" if wipe else "device.wipe_called_off"
    audit.record(action=action, at=at, user_id=by, subject=device_id)
    return device


def confirm_wipe(*, device_id: str, at: dt.datetime) -> None:
    """Note that a phone has deleted what it held. It is nobody's from then on.

    :raises NotFoundError: if nobody has asked it to
    """
    device = _get_device(device_id)
    if device.wipe is None:
        raise NotFoundError
    device.wiped_at = device.wiped_at or at
    device.revoked_at = device.revoked_at or at
    audit.record(action="device.wiped", at=at, user_id=device.user_id, subject=device_id)


def check_not_to_be_wiped(device: AnyPhone) -> None:
    """Refuse news to a phone that is to be wiped, at once or after it has sent all.

    :raises WipeError: if it is to be wiped
    """
    if device.wipe is not None and device.wiped_at is None:
        raise WipeError(when=device.wipe)


def _check_alive(device: AnyPhone, user: AnyRep, *, at: dt.datetime, sends: bool) -> None:
    if device.wipe == Wipe.NOW:
        check_not_to_be_wiped(device)
    if device.revoked_at is not None or not user.may_send(at):
        raise DeviceRevokedError
    if not user.active and not sends:
        check_not_to_be_wiped(device)  # it learns of that, and may send all before
        raise SendOnlyError


def _give_tokens(
    device: Device, *, at: dt.datetime, secret_key: str, lost_at: dt.datetime | None = None
) -> Tokens:
    tokens = Tokens(
        access=secrets.token_urlsafe(32),
        access_expires_at=at + ACCESS_LIFE,
        refresh=make_token(device.id, at=at, secret_key=secret_key),
        refresh_expires_at=at + REFRESH_LIFE,
        lost_at=lost_at,
    )
    device.access_hash = _hash(tokens.access)
    device.access_expires_at = tokens.access_expires_at
    device.previous_refresh_hash = None
    device.refresh_hash = _hash(tokens.refresh)
    device.refresh_expires_at = tokens.refresh_expires_at
    device.refreshed_at = at
    return tokens


def _get_user(user_id: str) -> User:
    if (user := db.session.get(User, user_id)) is None:
        raise NotFoundError
    return user


def _get_device(device_id: str, base: str = "") -> Device:
    device = db.session.get(Device, device_id, with_for_update=True)
    if device is None:
        raise NotFoundError
    if base and base != device.standing:
        raise ChangedMeanwhileError
    return device


def _hash(secret: str) -> bytes:
    # The secrets are random and long: a plain hash is enough, and an index can find it.
    return hashlib.sha256(secret.encode()).digest()
