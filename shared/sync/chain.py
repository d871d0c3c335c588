"""The hash chain of a device: every change is tied to all changes made before it.

`head_s = SHA256(head_{s-1} || line without mac)` and `mac_s = HMAC-SHA256(key, head_s)[:16]`.
The exact bytes are hashed, so there is no canonical form of JSON to agree on. An edited, removed,
inserted or swapped line shows, to anyone who holds the device's key.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

FIRST_HEAD = bytes(32)
"""The head before the first change of a device."""

_MAC_BYTES = 16
_MAC_TEXT = 24  # 16 bytes in base64
_BEFORE_MAC = b',"m":"'
_AFTER_MAC = b'"}'
_SUFFIX = len(_BEFORE_MAC) + _MAC_TEXT + len(_AFTER_MAC)
_BLOCK = hashlib.sha256().block_size


class ChainBrokenError(Exception):
    """A line whose mac does not fit its content and its place in the chain."""


def next_head(head: bytes, body: bytes) -> bytes:
    """Return the head after a line; ``body`` is the line without its mac."""
    return hashlib.sha256(head + body).digest()


def mac_of(head: bytes, key: bytes) -> bytes:
    """Return the 16 bytes that prove that the holder of the key wrote the chain up to this head."""
    return hmac.digest(key, head, "sha256")[:_MAC_BYTES]


def seal(body: bytes, *, head: bytes, key: bytes) -> tuple[bytes, bytes]:
    """Return the line to send (the JSON object ``body`` with its mac added) and the new head."""
    new_head = next_head(head, body)
    mac = base64.b64encode(mac_of(new_head, key))
    return body[:-1] + _BEFORE_MAC + mac + _AFTER_MAC, new_head


def unseal(line: bytes, *, head: bytes, key: bytes) -> tuple[bytes, bytes]:
    """
    Check a line against the chain; return the line without its mac and the new head.

    :raises ChainBrokenError: if the mac is missing or wrong
    """
    return unsealing(key)(line, head)


def unsealing(key: bytes) -> Callable[[bytes, bytes], tuple[bytes, bytes]]:
    """
    Return `unseal` for the many lines of one key: of line and head.

    HMAC hashes the key anew for each message; here that is done once, which halves what it costs.
    """
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(padded.translate(hmac.trans_36))
    outer = hashlib.sha256(padded.translate(hmac.trans_5C))

    def unseal_one(line: bytes, head: bytes) -> tuple[bytes, bytes]:
        body = line[:-_SUFFIX] + b"}"
        new_head = hashlib.sha256(head + body).digest()
        within, around = inner.copy(), outer.copy()
        within.update(new_head)
        around.update(within.digest())
        mac = binascii.b2a_base64(around.digest()[:_MAC_BYTES], newline=False)
        if not hmac.compare_digest(line[-_SUFFIX:], _BEFORE_MAC + mac + _AFTER_MAC):
            split(line)  # says more where there is no mac at all
            raise ChainBrokenError("the mac does not fit")
        return body, new_head

    return unseal_one


def split(line: bytes) -> tuple[bytes, bytes]:
    """
    Return the line without its mac, and the mac.

    :raises ChainBrokenError: if the line does not end in a mac
    """
    suffix = line[-_SUFFIX:]
    if len(line) <= _SUFFIX or not (suffix.startswith(_BEFORE_MAC) and suffix.endswith(_AFTER_MAC)):
        raise ChainBrokenError("the line has no mac")
    text = suffix[len(_BEFORE_MAC) : -len(_AFTER_MAC)]
    try:
        mac = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ChainBrokenError("the mac is not base64") from error
    # Two spellings can mean the same bytes in base64: only the one we write is taken.
    if base64.b64encode(mac) != text:
        raise ChainBrokenError("the mac is not spelled as it is written")
    return line[:-_SUFFIX] + b"}", mac
