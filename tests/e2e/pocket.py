"""The phone's process, in a test's hand: told what to do, and killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.tapak import wait_until

_ROOT = Path(__file__).parents[2]


class PhoneInPocket:
    """The phone's process; everything it knows lies in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.phone_process", str(self._folder)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, do: str, **what: Any) -> None:
        """Give a command and do not wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()

    def do(self, do: str, **what: Any) -> Any:
        """Give a command and return its answer."""
        self.tell(do, **what)
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        assert answer, f"the phone died of {do!r}"
        return json.loads(answer)

    def die(self) -> None:
        """Be killed without a word, and start again."""
        self.end()
        self._start()

    def end(self) -> None:
        """Be killed without a word."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def phone_in_pocket(folder: Path) -> Iterator[PhoneInPocket]:
    phone = PhoneInPocket(folder)
    try:
        yield phone
    finally:
        phone.end()


def sync_until_sent(phone: PhoneInPocket, *, timeout_s: float = 60.0) -> None:
    wait_until(
        lambda: phone.do("sync") == "" and phone.do("waiting")[0] == 0,
        timeout_s=timeout_s,
        what=lambda: f"everything to be sent; waiting: {phone.do('waiting')}",
    )
