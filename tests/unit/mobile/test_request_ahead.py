"""Requests that go one behind the other, on one thread, and fail together."""

import threading
from collections.abc import Callable

import pytest

from mobile.sync.ahead import Ahead, join

_PATIENCE_S = 30


def answering(number: int, may: threading.Event) -> Callable[[], int]:
    def ask() -> int:
        assert may.wait(_PATIENCE_S)
        return number

    return ask


def failing(may: threading.Event) -> Callable[[], int]:
    def ask() -> int:
        assert may.wait(_PATIENCE_S)
        raise LookupError("none")

    return ask


def of_requests() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "request ahead"]


@pytest.fixture
def may() -> threading.Event:
    return threading.Event()


def test_one_that_was_given_in_time_goes_on_the_same_thread(may: threading.Event) -> None:
    first = Ahead(answering(1, may))
    second = Ahead(answering(2, may), behind=first)
    assert len(of_requests()) == 1
    may.set()
    assert (second.answer(), first.answer()) == (2, 1)
    assert of_requests() == []


def test_one_that_was_given_late_goes_on_its_own(may: threading.Event) -> None:
    may.set()
    first = Ahead(answering(1, may))
    assert first.answer() == 1
    second = Ahead(answering(2, may), behind=first)
    join(second, None, first)
    assert second.answer() == 2
    assert of_requests() == []


@pytest.mark.parametrize("in_time", [True, False])
def test_behind_one_that_fails_nothing_is_asked(may: threading.Event, *, in_time: bool) -> None:
    asked: list[int] = []
    first = Ahead(failing(may))
    if not in_time:
        may.set()
        first.join()
    second = Ahead(lambda: asked.append(2), behind=first)
    may.set()
    for request in (first, second):
        with pytest.raises(LookupError):
            request.answer()
    join(first, second)
    assert (asked, of_requests()) == ([], [])
