"""Phones' links made of packets, in the hand of a test or a bench, and a server at their end."""

import ctypes
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from server.demo.supervisor import web_arguments
from server.platform.processes import spawn, stop
from server.platform.settings import Settings
from tests.support.packets.carrier import server_address
from tests.support.packets.radio import Link
from tests.support.postgres import through_its_socket
from tests.support.serving import served

_ROOT = Path(__file__).parents[3]
_SERVER = 0
"""Place of its namespace among the others."""


class NoPacketsError(RuntimeError):
    """This machine makes no links of packets; the message says why."""


class PacketLinks:
    """A link for each phone, between a namespace of its own and that of the server."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        said = self._read()
        if error := said.get("error"):
            raise NoPacketsError(str(error))
        folder = f"/proc/{process.pid}/fd"
        self._namespaces = [f"{folder}/{number}" for number in said["namespaces"]]

    @contextmanager
    def at_phone(self, phone: int = 0) -> Iterator[None]:
        """Let this thread, and threads and processes that it starts meanwhile, be on the phone."""
        with _inside(self._namespaces[_SERVER + 1 + phone]):
            yield

    @contextmanager
    def at_server(self) -> Iterator[None]:
        """Let this thread, and what it starts meanwhile, be on the server."""
        with _inside(self._namespaces[_SERVER]):
            yield

    def become(self, link: Link, phone: int = 0) -> None:
        """Let a phone's link be like this from now on; at first it is a cable."""
        self._ask({"phone": phone, "link": link.to_json()})

    def counts(self, phone: int = 0) -> dict[str, int]:
        """Return what has become of a phone's packets so far, as `Radio.counts` has it."""
        return self._ask({"phone": phone})

    def _ask(self, question: dict[str, object]) -> dict[str, int]:
        assert self._process.stdin is not None
        with self._lock:  # phones have threads
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that carries packets has ended"
        said: dict[str, Any] = json.loads(line)
        return said


@contextmanager
def packet_links(seeds: Sequence[int]) -> Iterator[PacketLinks]:
    """
    Make a link for each seed. Whatever becomes of this process, nothing of them stays behind.

    :raises NoPacketsError: where it is not Linux's root, or something is missing
    """
    process = spawn(
        [sys.executable, "-m", "tests.support.packets.carrier", *map(str, seeds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        yield PacketLinks(process)
    finally:
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
        stop(process)


@contextmanager
def server_behind(links: PacketLinks, settings: Settings) -> Iterator[psutil.Process]:
    """Run the web server at the other end of the links; phones reach it at `url_of`."""
    everywhere = "0.0.0.0"  # noqa: S104 - in a namespace of its own
    arguments = [everywhere if word == "127.0.0.1" else word for word in web_arguments(settings)]
    if not settings.uses_sqlite:
        settings = replace(settings, database_url=through_its_socket(settings.database_url))
    with ExitStack() as stack:
        with links.at_server():
            process = stack.enter_context(served(settings, arguments))
        yield process


def url_of(settings: Settings, phone: int = 0) -> str:
    """Return where a phone reaches the server."""
    return f"http://{server_address(phone)}:{settings.port}"


@contextmanager
def _inside(namespace: str) -> Iterator[None]:
    # Of the thread alone: others stay where they are.
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _enter(namespace)
        try:
            yield
        finally:
            _setns(before)
    finally:
        os.close(before)


def _enter(namespace: str) -> None:
    target = os.open(namespace, os.O_RDONLY)
    try:
        _setns(target)
    finally:
        os.close(target)


def _setns(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
