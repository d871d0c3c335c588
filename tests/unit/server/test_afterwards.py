"""What is told afterwards: all of it, gathered, and whatever became of what was told before."""

import threading

from server.platform.afterwards import Afterwards
from tests.support.tapak import wait_until


def test_what_many_say_meanwhile_is_told_once() -> None:
    told: list[set[str]] = []
    busy, may_go_on = threading.Event(), threading.Event()

    def tell(things: set[str]) -> None:
        told.append(things)
        busy.set()
        may_go_on.wait()

    afterwards = Afterwards(tell)
    afterwards.note(["first"])
    busy.wait()
    for number in range(100):
        afterwards.note([f"rep {number}", "first"])
    may_go_on.set()
    wait_until(lambda: len(told) > 1)

    assert told == [{"first"}, {"first", *(f"rep {number}" for number in range(100))}]


def test_an_error_does_not_end_it() -> None:
    told: list[set[str]] = []

    def tell(things: set[str]) -> None:
        told.append(things)
        if len(told) == 1:
            raise ValueError

    afterwards = Afterwards(tell)
    for name in ("lost", "told"):
        afterwards.note([name])
        wait_until(lambda: {name} in told)  # noqa: B023 - it is called here

    assert told == [{"lost"}, {"told"}]
