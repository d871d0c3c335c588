"""A network in memory on which something happens just before a certain request comes through."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import urllib3

from tests.fakes.carriers import Answer, Request
from tests.fakes.network import Fault, Network

Edit = Callable[[bytes], bytes]


class Interruptions(Network):
    """What is asked for here happens once, to requests for a path, counted from then on."""

    def __init__(self, app: object) -> None:
        super().__init__(app)  # type: ignore[arg-type]
        self._came: Counter[str] = Counter()
        self._before: dict[tuple[str, int], Callable[[], object]] = {}
        self._faults: dict[tuple[str, int], Fault] = {}
        self._edits: dict[str, Edit] = {}
        self._answer_edits: dict[str, Edit] = {}
        self.served: list[Request] = []

    def before(self, path: str, number: int, do: Callable[[], object]) -> None:
        """Do something when so many requests for this path have come; the first is 1."""
        self._came.clear()
        self._before[path, number] = do

    def fault_at(self, path: str, number: int, fault: Fault) -> None:
        """Let this happen to that request."""
        self._came.clear()
        self._faults[path, number] = fault

    def edit_request(self, path: str, edit: Edit) -> None:
        """Let the next request for this path come with another body."""
        self._edits[path] = edit

    def edit_answer(self, path: str, edit: Edit) -> None:
        """Let the next answer from this path come back with another body."""
        self._answer_edits[path] = edit

    def serve_again(self, request: Request) -> Answer:
        """Deliver a request that was sent long ago."""
        return super()._serve(request)

    def _carry(self, request: Request, fault: Fault) -> urllib3.BaseHTTPResponse:
        self._came[request.path] += 1
        now = request.path, self._came[request.path]
        if do := self._before.pop(now, None):
            do()
        return super()._carry(request, self._faults.pop(now, fault))

    def _serve(self, request: Request) -> Answer:
        if edit := self._edits.pop(request.path, None):
            request = replace(request, body=edit(request.body))
        self.served.append(request)
        answer = super()._serve(request)
        if edit := self._answer_edits.pop(request.path, None):
            answer = replace(answer, body=edit(answer.body))
        return answer
