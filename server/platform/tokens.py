"""Tokens that state for whom and when they were given, so that a restored database knows them."""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Stated:
    """What a token says, with our signature."""

    subject: str
    given_at: dt.datetime


def make_token(subject: str, *, at: dt.datetime, secret_key: str) -> str:
    """Return a new token: 256 random bits, whom it is for, when it was given, and a signature.

    :param subject: without a dot
    """
    stated = f"{subject}.{(at - _EPOCH) // _MICROSECOND}.{secrets.token_urlsafe(32)}"
    return f"{stated}.{_signature(stated, secret_key)}"


def read_token(token: str, *, secret_key: str) -> Stated | None:
    """Return what a token states, or None where we did not sign it."""
    stated, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(stated, secret_key).encode()):
        return None
    subject, microseconds, _ = stated.split(".")
    return Stated(subject, _EPOCH + int(microseconds) * _MICROSECOND)


def _signature(stated: str, secret_key: str) -> str:
    digest = hmac.digest(secret_key.encode(), f"token:{stated}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
