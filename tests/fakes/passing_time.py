"""Time that passes in a moment, for a server and a phone in one process."""

import datetime as dt
import sys

import pytest

from shared import time as shared_time
from tests.fakes.handset import Handset


class PassingTime:
    """Lets time pass for the server and for phones, whose clocks agree."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *phones: Handset) -> None:
        self.passed = dt.timedelta()
        self._phones = phones
        now = shared_time.utc_now
        for module in list(sys.modules.values()):
            if getattr(module, "utc_now", None) is now:
                monkeypatch.setattr(module, "utc_now", lambda: now() + self.passed)

    def pass_time(self, **how_long: float) -> None:
        """Let so much time pass, as of a `timedelta`."""
        step = dt.timedelta(**how_long)
        self.passed += step
        for phone in self._phones:
            phone.clock.sleep(step)
