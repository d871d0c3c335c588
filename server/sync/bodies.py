"""What phones send, read within limits: the bytes of a request, inflated, and its lines."""

import zlib

from flask import request

from server.platform.errors import ProblemError
from server.sync.push import TruncatedError
from shared.i18n import N_
from shared.sync.protocol import MAX_COMPRESSED_BYTES, MAX_INFLATED_BYTES


class BodyTooLargeError(ProblemError):
    """More than one request may carry; a smaller batch will do."""

    code = "too_large"
    status = 413
    title = N_("The request is too large. Send less at once.")


class MessageMalformedError(ProblemError):
    """The body is not what the protocol says."""

    code = "malformed"
    status = 400
    title = N_("The request cannot be read.")


def read_body() -> bytes:
    """
    Return the body, inflated where it is compressed, and never more of it than allowed.

    :raises BodyTooLargeError: if it is larger
    :raises TruncatedError: if it was cut off
    """
    limit = MAX_COMPRESSED_BYTES
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding == "identity":
        limit = MAX_INFLATED_BYTES
    elif encoding != "gzip":
        raise MessageMalformedError(f"Content-Encoding {encoding}")
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLargeError
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLargeError
    if request.content_length is not None and len(body) < request.content_length:
        raise TruncatedError
    return _inflate(body) if encoding == "gzip" else body


def _inflate(body: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise TruncatedError from error
    if len(plain) > MAX_INFLATED_BYTES:
        raise BodyTooLargeError
    if not inflater.eof:
        raise TruncatedError
    return plain


def lines_of(body: bytes) -> list[bytes]:
    """
    Return the lines of a body.

    :raises TruncatedError: if the last one does not end
    """
    if not body.endswith(b"\n"):
        raise TruncatedError
    return body[:-1].split(b"\n")
