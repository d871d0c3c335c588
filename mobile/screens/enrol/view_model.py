"""Making this phone a rep's: the server's address and the code the administrator gave."""

import re
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from mobile.device.connectivity import Connectivity
from mobile.screens.view_model import Background, ViewModel
from mobile.screens.words import enrolment_problem
from mobile.services.recorder import ServiceError
from mobile.sync.answers import SyncError
from shared.i18n import _

_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")


class EnrolmentService(Protocol):
    """Makes the phone known to a server."""

    def enrol(self, *, server_url: str, code: str) -> object:
        """
        Exchange the code for the phone's credentials.

        :raises mobile.sync.answers.SyncError: if it fails; its `code` says why
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolState:
    """What the screen shows; problems are sentences."""

    server: str = ""
    code: str = ""
    server_problem: str = ""
    code_problem: str = ""
    problem: str = ""
    is_busy: bool = False
    is_done: bool = False


class EnrolViewModel(ViewModel[EnrolState]):
    """Checks what was typed, then asks the server."""

    def __init__(
        self,
        *,
        enrolment: EnrolmentService,
        connectivity: Connectivity,
        background: Background,
        server: str = "",
        code: str = "",
    ) -> None:
        super().__init__(EnrolState(server=server, code=code))
        self._enrolment = enrolment
        self._connectivity = connectivity
        self._background = background

    def refresh(self) -> None:
        """Come back after a sign-out: nothing is done yet."""
        self._show(replace(self.state, is_done=False))

    def enrol_as_told(self) -> None:
        """Enrol with what the app was started with, where it was told server and code."""
        if self.state.server and self.state.code:
            self.enrol(self.state.server, self.state.code)

    def enrol(self, server: str, code: str) -> None:
        """Try; the answer arrives in the state."""
        if self.state.is_busy:
            return
        server, code = server.strip(), code.strip()
        state = EnrolState(server=server, code=code)
        address = server if "://" in server else f"http://{server}"
        if not server:
            state = replace(state, server_problem=_("Type the address from your administrator."))
        elif not _is_address(address):
            state = replace(
                state,
                server_problem=_("This is no address. It looks like https://sales.example.com"),
            )
        if not code:
            state = replace(state, code_problem=_("Type the code from your administrator."))
        if state.server_problem or state.code_problem:
            self._show(state)
        elif not self._connectivity.is_online:
            self._show(
                replace(
                    state,
                    problem=_(
                        "There is no network. Connecting this phone needs one, only this once; "
                        "after that you can work without."
                    ),
                )
            )
        else:
            self._show(replace(state, is_busy=True))
            self._background(lambda: self._try(address, code), self._tried)

    def _try(self, address: str, code: str) -> str:
        try:
            self._enrolment.enrol(server_url=address, code=code)
        except (SyncError, ServiceError) as refusal:
            return refusal.code
        return ""

    def _tried(self, code: str) -> None:
        problem = enrolment_problem(code)
        self._show(replace(self.state, is_busy=False, is_done=not code, problem=problem))


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:  # brackets without an end, a port that is no number
        return False
    host = _HOST.fullmatch(parts.hostname or "")
    return parts.scheme in {"http", "https"} and host is not None and port != 0
