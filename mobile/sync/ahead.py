"""A request that is on its way while the answer before it is still being kept."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Ahead(threading.Thread, Generic[Answer]):
    """The next request, sent and its answer read while the answer before it is being kept."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        super().__init__(name="request ahead", daemon=True)
        self._ask = ask
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Ask; keep what goes wrong for whoever wants the answer."""
        try:
            self._answer = self._ask()
        except BaseException as error:  # noqa: BLE001
            self._error = error

    def answer(self) -> Answer:
        """
        Wait for the answer.

        :raises SyncError: as `SyncApi`
        """
        self.join()
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer
