"""
Posting to addresses that people give: signed, and never into the own network.

Whoever may type an address could otherwise let the server call what only the server reaches. So
the name is resolved here, every address it has must be public, and the connection goes to the
very address that was looked at: a name that means something else a moment later gains nothing.
"""

import datetime as dt
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from flask_babel import gettext

from server.platform.trouble import words_of

LONGEST_URL = 500
_TIMEOUT_S = 10.0
_PORTS = {"https": 443, "http": 80}
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookError(Exception):
    """
    Nothing was posted, or the receiver did not take it.

    The message says why, for people and in the language in force.
    """


def check_url(url: str, *, may_be_private: bool) -> SplitResult:
    """
    Return the parts of an address that may be posted to, as far as it tells by itself.

    :param may_be_private: whether it may be in the own network, and without TLS
    :raises WebhookError: if it may not
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WebhookError(gettext("this is no address")) from error
    if parts.scheme not in (_PORTS if may_be_private else ("https",)):
        raise WebhookError(gettext("the address must begin with https://"))
    if not parts.hostname or parts.username is not None or port == 0:
        raise WebhookError(gettext("the address names no host, or a user"))
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookError(
            gettext("the address is too long, or has characters that no address has")
        )
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not may_be_private and not is_public(address):
        raise WebhookError(gettext("%(host)s is in a private network", host=address))
    return parts


def is_public(address: _Address) -> bool:
    """Return whether an address is reached over the Internet, and not within a network."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address in _TRANSLATED or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def signature(body: bytes, *, secret: str, at: dt.datetime) -> str:
    """Return the header by which a receiver knows who posted this, and when.

    `t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body" in hex>`.
    """
    second = str(int(at.timestamp()))
    made = hmac.new(secret.encode(), second.encode() + b"." + body, hashlib.sha256)
    return f"t={second},v1={made.hexdigest()}"


def post(
    url: str, body: bytes, *, secret: str, at: dt.datetime, may_be_private: bool = False
) -> None:
    """
    Post JSON to an address; redirects are not followed.

    :raises WebhookError: if it may not be posted to, or does not answer with 2xx
    """
    parts = check_url(url, may_be_private=may_be_private)
    host = str(parts.hostname)
    port = parts.port or _PORTS[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.sock = _open(host, port, parts.scheme, may_be_private=may_be_private)
        connection.request(
            "POST",
            path,
            body,
            {
                "Host": parts.netloc,
                "Content-Type": "application/json",
                "User-Agent": "Tapak",
                "Tapak-Signature": signature(body, secret=secret, at=at),
                "Connection": "close",
            },
        )
        status = connection.getresponse().status
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        # A name with an empty or too long part is a UnicodeError of the lookup.
        raise WebhookError(f"{host}: {words_of(error)}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise WebhookError(gettext("%(host)s answers %(status)s", host=host, status=status))


def _open(host: str, port: int, scheme: str, *, may_be_private: bool) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not may_be_private and not all(is_public(ipaddress.ip_address(each)) for each in addresses):
        raise WebhookError(gettext("%(host)s is in a private network", host=host))
    plain = socket.create_connection((addresses[0], port), timeout=_TIMEOUT_S)
    if scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise
