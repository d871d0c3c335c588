"""Requests take turns; streams do not wait for one, and take none."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from server.platform.turns import Gate, Turns
from tests.support.tapak import wait_until


def test_so_many_requests_work_at_once_and_a_stream_needs_no_turn() -> None:
    inside, let_go = threading.Semaphore(0), threading.Event()

    def application(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        inside.release()
        if environ["PATH_INFO"] == "/slow":
            let_go.wait(60)
        return [b""]

    turns = Turns(application, most=2, without="/stream")

    def ask(path: str) -> threading.Thread:
        thread = threading.Thread(target=turns, args=({"PATH_INFO": path}, lambda *_: None))
        thread.start()
        return thread

    slow = [ask("/slow") for _ in range(2)]
    for _ in slow:
        assert inside.acquire(timeout=60)
    third = ask("/quick")
    assert not inside.acquire(timeout=0.1)

    stream = ask("/stream")
    assert inside.acquire(timeout=60)
    let_go.set()
    assert inside.acquire(timeout=60)
    for thread in (*slow, third, stream):
        thread.join(60)


def test_few_of_one_path_work_at_once_and_leave_the_others_their_turns() -> None:
    inside, let_go = threading.Semaphore(0), threading.Event()

    def application(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        inside.release()
        if environ["PATH_INFO"] == "/push":
            let_go.wait(60)
        return [b""]

    turns = Turns(application, most=2, without="/stream", fewer={"/push": 1})
    pushes = [
        threading.Thread(target=turns, args=({"PATH_INFO": "/push"}, lambda *_: None))
        for _ in range(3)
    ]
    for push in pushes:
        push.start()
    assert inside.acquire(timeout=60)
    wait_until(lambda: len(turns._fewer["/push"]._waiting) == 2)
    turns({"PATH_INFO": "/page"}, lambda *_: lambda _: None)
    assert inside.acquire(timeout=60)
    assert not inside.acquire(blocking=False)
    let_go.set()
    for push in pushes:
        push.join(60)


def test_who_waits_longest_is_let_in_first_also_before_who_comes_at_that_moment() -> None:
    gate = Gate(most=1)
    order: list[str] = []
    threads: list[threading.Thread] = []

    class Noted(threading.Thread):
        def run(self) -> None:
            with gate:
                order.append(self.name)

    with gate:
        for name in ("first", "second", "third"):
            threads.append(Noted(name=name))
            threads[-1].start()
            wait_until(lambda: len(gate._waiting) == len(threads))
    with gate:
        assert order == ["first", "second", "third"]
    for thread in threads:
        thread.join(60)


def test_a_turn_is_given_back_whatever_happens() -> None:
    gate = Gate(most=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="odd"), gate:
            raise ValueError("odd")
