"""Digests by which phone and server check that they hold the same rows of a scope."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

_MODULUS = 2**64


def row_digest(entity: str, record_id: str, version: int) -> int:
    """Return the 64-bit digest of one live row."""
    return _digest(f"{entity}\0{record_id}\0{version}".encode())


def content_digest(entity: str, record_id: str, fields: Mapping[str, Any]) -> int:
    """Return the 64-bit digest of what one live row says.

    :param fields: as they travel; written by one and the same library here and on phones, for
        others write numbers in other ways
    """
    text = json.dumps([entity, record_id, fields], sort_keys=True, separators=(",", ":"))
    return _digest(text.encode())


def _digest(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def add(digest: int, part: int) -> int:
    """Return the scope's digest with a row more. A sum: the order of rows does not matter."""
    return (digest + part) % _MODULUS


def remove(digest: int, part: int) -> int:
    """Return the scope's digest with a row less."""
    return (digest - part) % _MODULUS


def scope_digest(rows: Iterable[tuple[str, str, int]]) -> int:
    """Return the digest of rows given as (entity, record id, version)."""
    total = 0
    for entity, record_id, version in rows:
        total += row_digest(entity, record_id, version)
    return total % _MODULUS


def to_text(digest: int) -> str:
    """Return the digest as it travels: 16 hexadecimal digits."""
    return f"{digest:016x}"
