"""HTTP to the server. Only a specific answer counts: any other is no answer at all.

Success is not a 200: captive portals and proxies give those too. It is our header, our JSON and
the request's own id, given back.
"""

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from mobile.device.secrets import SecretStore
from mobile.device.tokens import ACCESS_TOKEN, REFRESH_TOKEN
from mobile.sync import patience
from mobile.sync.answers import (
    AppOutdatedError,
    BusyError,
    ChainRefusedError,
    EpochError,
    GapError,
    OfflineError,
    RefusedError,
    ResyncError,
    SendOnlyError,
    SignInNeededError,
    SyncError,
    TooLargeError,
    TruncatedError,
    WipeError,
)
from shared.photos import (
    BLOBS_PATH,
    OFFSET_BYTES,
    TUS_RESUMABLE,
    TUS_VERSION,
    UPLOAD_CHECKSUM,
    UPLOAD_LENGTH,
    UPLOAD_METADATA,
    UPLOAD_OFFSET,
    write_checksum,
    write_metadata,
)
from shared.sync.protocol import (
    ENROL_PATH,
    LIVE_PATH,
    NDJSON,
    OWN_RECORDS_PATH,
    PULL_PATH,
    PUSH_PATH,
    REFRESH_PATH,
    SYNC_HEADER,
    WIPED_PATH,
    EnrolAnswer,
    EnrolRequest,
    MalformedError,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushHeader,
    TokenAnswer,
    VersionError,
    encode,
)

if TYPE_CHECKING:
    import urllib3
from shared.vocabulary import Wipe

_CUT = frozenset({"truncated", "bad_request"})
"""Codes of requests that did not arrive whole; any other 400 will come again."""
_STOPS = frozenset({"forked", "tampered"})


class Pool(Protocol):
    """What is needed of urllib3's pool of connections."""

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes,
        headers: dict[str, str],
        redirect: bool,
        timeout: "urllib3.Timeout",
    ) -> "urllib3.BaseHTTPResponse":
        """Exchange a request for a response, or raise an HTTPError."""

    def clear(self) -> None:
        """Close the connections."""


class ApiClient:
    """Speaks to one server as this device."""

    def __init__(self, *, secrets: SecretStore, pool: Pool | None = None) -> None:
        self._secrets = secrets
        self._pool_given = pool

    @cached_property
    def _pool(self) -> Pool:
        if self._pool_given is not None:
            return self._pool_given
        # Not while the app starts: it takes a while to import.
        from mobile.sync.connections import new_pool  # noqa: PLC0415

        return new_pool()

    def enrol(self, server_url: str, request: EnrolRequest) -> EnrolAnswer:
        """
        Use up an enrolment code.

        :raises OfflineError: if the server cannot be reached
        :raises RefusedError: if it says no
        """
        response = self._post(server_url + ENROL_PATH, request.to_bytes())
        _raise_for_status(response)
        return _read(EnrolAnswer.from_bytes, response)

    def push(self, server_url: str, header: PushHeader, body: bytes) -> PushAnswer:
        """
        Send changes.

        :param body: of `PushHeader.pack`
        :raises SyncError: one of `mobile.sync.answers`
        """
        response = self._post_signed(
            server_url, PUSH_PATH, body, {"Content-Type": NDJSON, "Content-Encoding": "gzip"}
        )
        answer = _read(PushAnswer.from_bytes, response)
        if answer.request_id != header.request_id:
            raise OfflineError("the answer belongs to another request")
        return answer

    def pull(self, server_url: str, request: PullRequest) -> PullAnswer:
        """
        Fetch a page.

        :raises SyncError: one of `mobile.sync.answers`
        """
        response = self._post_signed(server_url, PULL_PATH, request.to_bytes(), {})
        answer = _read(PullAnswer.from_bytes, response)
        if answer.request_id != request.request_id:
            raise OfflineError("the answer belongs to another request")
        return answer

    def send_position(self, server_url: str, position: dict[str, Any]) -> None:
        """
        Tell where the phone is now. A token that has run out is left for the next sync to renew.

        :raises SyncError: one of `mobile.sync.answers`
        """
        _raise_for_status(
            self._post(server_url + LIVE_PATH, encode(position), self._authorization())
        )

    def own_records(self, server_url: str) -> dict[str, Any]:
        """
        Fetch all rows the office has about this phone's rep.

        :raises SyncError: one of `mobile.sync.answers`
        """
        response = self._signed("GET", server_url, OWN_RECORDS_PATH, b"", {})
        _raise_for_status(response)
        try:
            records = json.loads(response.data)
        except ValueError as error:
            raise OfflineError(str(error)) from error
        if not isinstance(records, dict):
            raise OfflineError("an answer of another kind")
        return records

    def begin_photo(self, server_url: str, *, sha256: str, size_bytes: int) -> tuple[str, int]:
        """
        Ask to send a photo's bytes; return the path to send to, and how many the server has.

        :raises SyncError: one of `mobile.sync.answers`
        """
        headers = {
            UPLOAD_LENGTH: str(size_bytes),
            UPLOAD_METADATA: write_metadata(sha256=sha256),
        }
        response = self._ask_about_photo("POST", server_url, BLOBS_PATH, b"", headers)
        # The server may know itself by another name than the rep's phone does.
        path = urlsplit(response.headers.get("Location", "")).path
        return path, _offset(response)

    def send_piece(self, server_url: str, path: str, piece: bytes, *, offset: int) -> int:
        """
        Send bytes of a photo; return how many the server has.

        :raises SyncError: one of `mobile.sync.answers`
        """
        headers = {
            "Content-Type": OFFSET_BYTES,
            UPLOAD_OFFSET: str(offset),
            UPLOAD_CHECKSUM: write_checksum(piece),
        }
        return _offset(self._ask_about_photo("PATCH", server_url, path, piece, headers))

    def confirm_wipe(self, server_url: str) -> None:
        """
        Say that this phone has deleted what it held.

        :raises SyncError: one of `mobile.sync.answers`
        """
        self._post_signed(server_url, WIPED_PATH, b"", {})

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _ask_about_photo(
        self, method: str, server_url: str, path: str, body: bytes, headers: dict[str, str]
    ) -> "urllib3.BaseHTTPResponse":
        headers = {**headers, TUS_RESUMABLE: TUS_VERSION}
        response = self._signed(method, server_url, path, body, headers)
        if response.status in (201, 204) and SYNC_HEADER in response.headers:
            return response
        if response.status == 409 and SYNC_HEADER in response.headers:
            raise RefusedError(str(_problem(response).get("code", "")))
        _raise_for_status(response)
        raise OfflineError(f"status {response.status}")

    def _post_signed(
        self, server_url: str, path: str, body: bytes, headers: dict[str, str]
    ) -> "urllib3.BaseHTTPResponse":
        response = self._signed("POST", server_url, path, body, headers)
        _raise_for_status(response)
        return response

    def _signed(
        self, method: str, server_url: str, path: str, body: bytes, headers: dict[str, str]
    ) -> "urllib3.BaseHTTPResponse":
        """Ask as this device; once more where its token has run out."""
        url = server_url + path
        response = self._request(method, url, body, {**headers, **self._authorization()})
        if response.status == 401 and _problem(response).get("code") in (
            "token_expired",
            "token_unknown",
        ):
            self._refresh(server_url)
            response = self._request(method, url, body, {**headers, **self._authorization()})
        return response

    def _refresh(self, server_url: str) -> None:
        refresh = self._secrets.read(REFRESH_TOKEN)
        response = self._post(server_url + REFRESH_PATH, encode({"refresh": refresh}))
        _raise_for_status(response)
        tokens = _read(TokenAnswer.from_bytes, response)
        # The refresh token first: it alone is enough to go on after a kill in between.
        self._secrets.write(REFRESH_TOKEN, tokens.refresh)
        self._secrets.write(ACCESS_TOKEN, tokens.access)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Device {self._secrets.read(ACCESS_TOKEN) or ''}"}

    def _post(
        self, url: str, body: bytes, headers: dict[str, str] | None = None
    ) -> "urllib3.BaseHTTPResponse":
        return self._request("POST", url, body, headers or {})

    def _request(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> "urllib3.BaseHTTPResponse":
        import urllib3  # noqa: PLC0415

        try:
            return self._pool.request(
                method,
                url,
                body=body,
                headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                    **headers,
                },
                redirect=False,
                timeout=urllib3.Timeout(
                    connect=patience.CONNECT_S, read=patience.for_body_s(len(body))
                ),
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise OfflineError(str(error)) from error


def _read(parse: Any, response: "urllib3.BaseHTTPResponse") -> Any:
    try:
        return parse(response.data)
    except VersionError as error:
        raise AppOutdatedError from error
    except MalformedError as error:
        raise OfflineError(str(error)) from error


def _offset(response: "urllib3.BaseHTTPResponse") -> int:
    value = response.headers.get(UPLOAD_OFFSET, "")
    if not value.isdecimal():
        raise OfflineError("an answer without an offset")
    return int(value)


def _problem(response: "urllib3.BaseHTTPResponse") -> dict[str, Any]:
    """Return the members of an error of our server; none where somebody else speaks."""
    if SYNC_HEADER not in response.headers:
        return {}
    try:
        problem = json.loads(response.data)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _raise_for_status(response: "urllib3.BaseHTTPResponse") -> None:
    if SYNC_HEADER not in response.headers:
        # A 5xx of a proxy in front, a portal's 200, a redirect: nobody knows what was committed.
        raise OfflineError(f"not our server: {response.status}")
    if response.status == 200:
        return
    problem = _problem(response)
    code = str(problem.get("code", ""))
    match response.status:
        case 400 if code in _CUT:
            raise TruncatedError(code)
        case 401 | 403:
            raise _refusal(response.status, code, problem)
        case 409 | 410:
            raise _disagreement(response.status, code, problem)
        case 413:
            raise TooLargeError
        case 426:
            raise AppOutdatedError
        case 429 | 503:
            raise BusyError(_retry_after(response))
        case status if 400 <= status < 500:
            raise RefusedError(code or str(status))
    raise OfflineError(f"status {response.status}")


def _refusal(status: int, code: str, problem: dict[str, Any]) -> SyncError:
    """Return what to do where this phone may not any more."""
    if code == WipeError.code:
        return WipeError(at_once=problem.get("when") == Wipe.NOW)
    if code == SendOnlyError.code:
        return SendOnlyError()
    return SignInNeededError(code) if status == 401 else RefusedError(code or str(status))


def _disagreement(status: int, code: str, problem: dict[str, Any]) -> SyncError:
    """Return what to do where phone and server remember different things."""
    through = problem.get("through")
    if isinstance(through, int) and code == "gap":
        return GapError(through)
    if isinstance(through, int) and code == "epoch":
        return EpochError(str(problem.get("epoch")), through)
    if code == "resync":
        return ResyncError(str(problem.get("scope")))
    return ChainRefusedError(code) if code in _STOPS else RefusedError(code or str(status))


def _retry_after(response: "urllib3.BaseHTTPResponse") -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None
