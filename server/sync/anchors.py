"""Anchors: the server's word on the time, signed so that a phone cannot make one up."""

import base64
import datetime as dt
import functools
import hashlib
import hmac

from shared.sync.protocol import MalformedError, anchor_time_ms


def make_anchor(at: dt.datetime, *, secret_key: str) -> str:
    """Return the token of an anchor: Unix milliseconds, and a signature."""
    milliseconds = str(round(at.timestamp() * 1000))
    return f"{milliseconds}.{_signature(milliseconds, secret_key)}"


@functools.lru_cache(maxsize=1024)  # a phone's records share the few anchors of its last syncs
def anchor_time(token: str, *, secret_key: str) -> dt.datetime | None:
    """Return the time an anchor states, or None where we did not sign it."""
    milliseconds, _, signature = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(milliseconds, secret_key).encode()):
        return None
    try:
        return dt.datetime.fromtimestamp(anchor_time_ms(token) / 1000, dt.UTC)
    except MalformedError:
        return None


def _signature(milliseconds: str, secret_key: str) -> str:
    message = f"anchor:{milliseconds}".encode()
    digest = hmac.new(secret_key.encode(), message, hashlib.sha256).digest()[:12]
    return base64.urlsafe_b64encode(digest).decode()
