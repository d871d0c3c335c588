"""What carries a request to the application: its test client, or HTTP over sockets."""

import socket
from contextlib import closing
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from typing import Protocol
from urllib.parse import urlsplit

import urllib3
from flask import Flask
from urllib3.exceptions import ProtocolError


@dataclass(frozen=True)
class Request:
    """As the phone's client made it."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """As the application gave it; the body is still compressed where its headers say so."""

    status: int
    headers: dict[str, str]
    body: bytes


class Carrier(Protocol):
    """Brings a request there and the answer back."""

    def carry(self, request: Request) -> Answer:
        """Exchange a whole request for an answer."""

    def carry_half(self, request: Request) -> Answer:
        """
        Let the connection end in the middle of the request's body.

        :raises ProtocolError: if nobody answers
        """


class InMemory:
    """By the test client: nothing is written and read as HTTP, for tests that need many phones."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def carry(self, request: Request) -> Answer:
        """Call the application."""
        with self._app.test_client() as client:
            response = client.open(
                request.path, method=request.method, data=request.body, headers=request.headers
            )
            return Answer(response.status_code, dict(response.headers), response.data)

    def carry_half(self, request: Request) -> Answer:
        """Call the application with half a body."""
        return self.carry(replace(request, body=request.body[: len(request.body) // 2]))


class OverHttp:
    """By HTTP/1.1 over sockets, to a server in this process or in another one."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._pool = urllib3.HTTPConnectionPool(self._address, maxsize=2, retries=False)

    def carry(self, request: Request) -> Answer:
        """Speak with the server."""
        response = self._pool.request(
            request.method,
            request.path,
            body=request.body,
            headers=request.headers,
            redirect=False,
            decode_content=False,
        )
        # A bug of the server, which a phone would take for a bad connection and try again.
        assert response.status != 500, f"{request.path}: {response.data[:200]!r}"
        return Answer(response.status, dict(response.headers), response.data)

    def carry_half(self, request: Request) -> Answer:
        """Hang up after half of the body, of which the server was told the whole length."""
        with closing(HTTPConnection(self._address, timeout=30)) as connection:
            connection.putrequest(request.method, request.path, skip_accept_encoding=True)
            for name, value in {
                **request.headers,
                "Content-Length": str(len(request.body)),
            }.items():
                connection.putheader(name, value)
            connection.endheaders(request.body[: len(request.body) // 2])
            connection.sock.shutdown(socket.SHUT_WR)
            try:
                response = connection.getresponse()
                return Answer(response.status, dict(response.headers), response.read())
            except (HTTPException, OSError) as error:
                raise ProtocolError("cut") from error
