"""Photos on the wire: their limits, and what phone and server say to each other by tus 1.0.

The record of a photo travels with the other changes; its bytes follow by the tus protocol
(https://tus.io/protocols/resumable-upload), addressed by their hash. See docs/photos.md.
"""

import base64
import binascii
import hashlib
import re

BLOBS_PATH = "/v1/blobs"
TUS_VERSION = "1.0.0"
TUS_RESUMABLE = "Tus-Resumable"
UPLOAD_OFFSET = "Upload-Offset"
UPLOAD_LENGTH = "Upload-Length"
UPLOAD_METADATA = "Upload-Metadata"
UPLOAD_CHECKSUM = "Upload-Checksum"
UPLOAD_EXPIRES = "Upload-Expires"
OFFSET_BYTES = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460

MOST_BYTES = 32 * 1024 * 1024
"""No record may announce a larger photo; what a server takes is a setting, and less."""
MAX_SIDE_PX = 20_000
LONGEST_SIDE_PX = 1600
"""The app makes photos smaller than this before it hashes them."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(text: object) -> bool:
    """Return whether this is a SHA-256 in lower-case hex."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def write_metadata(**values: str) -> str:
    """Return values as the protocol's Upload-Metadata."""
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items()
    )


def read_metadata(header: str) -> dict[str, str]:
    """Return the values of an Upload-Metadata; whatever cannot be read is left out."""
    values = {}
    for pair in header.split(","):
        name, _, encoded = pair.strip().partition(" ")
        try:
            values[name] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return values


def write_checksum(chunk: bytes) -> str:
    """Return the Upload-Checksum of a chunk."""
    return f"sha256 {base64.b64encode(hashlib.sha256(chunk).digest()).decode()}"


ALGORITHMS = ("sha256", "sha1", "md5")
"""Of Upload-Checksum. The last two guard against nothing but the network, which is its purpose."""


def checksum_fits(header: str, chunk: bytes) -> bool | None:
    """Return whether a chunk has this Upload-Checksum; None where it cannot be read."""
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        return None
    try:
        wanted = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    return hashlib.new(algorithm, chunk, usedforsecurity=False).digest() == wanted
