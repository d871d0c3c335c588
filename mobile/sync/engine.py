"""One sync: send what the rep did, fetch what changed elsewhere, send what is new.

Each step commits on its own, so a dropped connection or a killed app loses nothing: the next sync
goes on from there. A change is pending until its result is committed on this phone; the server
answers one it has seen before with its first result. See docs/sync.md.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from mobile.storage import attempts, contents, device, doubts, heads, outbox, replica
from mobile.storage.database import Database
from mobile.sync.ahead import Ahead, join
from mobile.sync.answers import (
    ChainRefusedError,
    EpochError,
    GapError,
    OfflineError,
    ResyncError,
    SendOnlyError,
    SyncError,
    TooLargeError,
    WipeError,
)
from mobile.sync.batch_size import BatchSize
from mobile.sync.log import SyncReport
from shared import failpoints
from shared.sync.protocol import (
    MAX_COMPRESSED_BYTES,
    SCHEMA_VERSION,
    ClockReading,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushHeader,
    Status,
)

_REPAIRS = 4
"""How often one sync starts a step anew after the server asked for it."""
_FOREVER = 2**63


class SyncApi(Protocol):
    """What sync needs of the server. Both raise a `SyncError` for any answer but a good one."""

    def push(self, server_url: str, header: PushHeader, body: bytes) -> PushAnswer:
        """Send changes, as `PushHeader.pack` writes them."""

    def pull(self, server_url: str, request: PullRequest) -> PullAnswer:
        """Fetch a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """What sync works with."""

    database: Database
    api: SyncApi
    read_clock: Callable[[], ClockReading]
    batch: BatchSize = field(default_factory=BatchSize)
    page_rows: int = 1000
    batches_before_pull: int = 3
    """After so many the rep gets to see what others did, though more is waiting."""
    read_key: Callable[[], bytes | None] = lambda: None
    """The device's key, by which what waits is sealed anew; None: it cannot be had now."""


def synchronize(phone: Phone) -> SyncReport:
    """
    Bring the phone and the server into agreement; return what was done.

    :raises SyncError: if it could not get to its end; what was done so far stays done
    """
    report = SyncReport()
    try:
        _push(phone, report, most_batches=phone.batches_before_pull)
        try:
            _pull(phone, report)
        except (SendOnlyError, WipeError) as error:
            if not (isinstance(error, WipeError) and error.at_once):
                _push(phone, report, most_batches=None)
            raise
        _push(phone, report, most_batches=None)
        _say_why_nothing_is_sent(phone)
    except Exception as error:  # not where the app is killed: then nothing may be written
        report.problem = error.code if isinstance(error, SyncError) else SyncError.code
        _note(phone, report)
        raise
    _note(phone, report)
    return report


@dataclass(frozen=True, slots=True)
class _Batch:
    """Changes to be sent, and their header."""

    server_url: str
    header: PushHeader
    body: bytes
    """As it is sent."""

    @property
    def last(self) -> int:
        """Number of the last change."""
        return self.header.first + self.header.count - 1


def _push(phone: Phone, report: SyncReport, *, most_batches: int | None) -> None:
    """
    Send what waits, batch after batch: the next is on its way only when one is answered.

    While the server works on a batch, the answers to the one before are kept, and the one after is
    made ready. Where as many may go next, it is sent before anybody has looked at the answers.
    """
    left = _FOREVER if most_batches is None else most_batches
    repairs = 0
    batch = _next_batch(phone)
    request: Ahead[PushAnswer] | None = None
    ahead: Ahead[PushAnswer] | None = None
    try:
        while batch is not None and left > 0:
            failpoints.reach("phone: batch read")
            request = request or Ahead(partial(_send, phone, batch))
            following = _next_batch(phone, after=batch.last) if left > 1 else None
            ahead = _send_behind(phone, following, request)
            try:
                answer = request.answer()
            except TooLargeError as error:
                if phone.batch.changes == 1:
                    _put_aside(phone, report, batch, error)
                phone.batch.shrink()
                batch, request = _next_batch(phone), None
                continue
            except OfflineError:
                phone.batch.shrink()
                raise
            except GapError as error:  # also the new epoch of a restored server
                repairs += 1
                if repairs > _REPAIRS:
                    raise
                _send_again(phone, error)
                batch, request = _next_batch(phone), None
                continue
            except ChainRefusedError as error:
                _stop_sending(phone, error)
                return  # what others did is fetched all the same
            phone.batch.grow()
            left -= 1
            if ahead is None and left > 0:
                # Perhaps there is something now, or more may go at once.
                following = _next_batch(phone, after=batch.last)
                ahead = Ahead(partial(_send, phone, following)) if following else None
            request = ahead
            _settle(phone, report, answer, last=batch.last)
            batch = following
    finally:
        join(request, ahead)  # whatever happens, nothing of a sync goes on after it


def _send_behind(
    phone: Phone, batch: _Batch | None, request: Ahead[PushAnswer]
) -> Ahead[PushAnswer] | None:
    """Send a batch as soon as the one before is answered, unless more may go then."""
    if batch is None or phone.batch.grown != phone.batch.changes:
        return None
    return Ahead(partial(_send, phone, batch), behind=request)


def _put_aside(phone: Phone, report: SyncReport, batch: _Batch, error: TooLargeError) -> None:
    """Take a group that alone is too large out of the way of what follows."""
    key = phone.read_key()
    if key is None:
        raise error
    with phone.database.write() as connection:
        now = device.get(connection).true_time(phone.read_clock())
        outbox.put_aside(
            connection,
            first=batch.header.first,
            last=batch.last,
            code=error.code,
            key=key,
            at_ms=device.to_ms(now),
        )
    report.needs_you += batch.header.count


def _next_batch(phone: Phone, *, after: int = 0) -> _Batch | None:
    with phone.database.read() as connection:
        state = device.get(connection)
        if device.stopped_by(connection):
            return None
        lines = outbox.next_batch(
            connection, most=phone.batch.changes, most_bytes=MAX_COMPRESSED_BYTES, after=after
        )
        if not lines:
            return None
        first = lines[0].sequence
        header = PushHeader(
            request_id=secrets.token_hex(8),
            device_id=state.device_id,
            schema_version=SCHEMA_VERSION,
            count=len(lines),
            first=first,
            head_before=outbox.head_before(connection, first).hex(),
            settled=state.settled,
            epoch=state.epoch,
        )
    return _Batch(state.server_url, header, header.pack([line.line for line in lines]))


def _stop_sending(phone: Phone, error: ChainRefusedError) -> None:
    with phone.database.write() as connection:
        device.stop_sending(connection, error.code)


def _say_why_nothing_is_sent(phone: Phone) -> None:
    with phone.database.read() as connection:
        code = device.stopped_by(connection)
    if code:
        raise ChainRefusedError(code)


def _send(phone: Phone, batch: _Batch) -> PushAnswer:
    return phone.api.push(batch.server_url, batch.header, batch.body)


def _settle(phone: Phone, report: SyncReport, answer: PushAnswer, *, last: int) -> None:
    results = [result for result in answer.results if result.sequence <= last]
    reading = phone.read_clock()
    failpoints.reach("phone: answer read")
    with phone.database.write() as connection:
        device.keep_anchor(connection, answer.anchor_token, clock=reading)
        now_ms = device.to_ms(device.get(connection).true_time(reading))
        settled = outbox.settle(connection, results, at_ms=now_ms)
        failpoints.reach("phone: answers about to be kept")
    failpoints.reach("phone: answers kept")
    if settled == 0:
        # An answer that settles nothing would be asked for again without end.
        raise OfflineError("the answer has no results for what was sent")
    report.sent += settled
    report.batches += 1
    report.needs_you += sum(
        result.status in (Status.REJECTED, Status.CONFLICT) for result in results
    )


def _send_again(phone: Phone, error: GapError) -> None:
    """Open again what the server does not have any more, and fetch everything anew."""
    with phone.database.write() as connection:
        outbox.reopen(connection, after=error.through)
        if isinstance(error, EpochError):
            device.begin_epoch(connection, error.epoch)
            for scope in replica.positions(connection):
                replica.forget_position(connection, scope)


def _pull(phone: Phone, report: SyncReport) -> None:
    repairs, is_forked = 0, False
    with phone.database.read() as connection:
        server_url = device.get(connection).server_url
    request, ahead = _next_request(phone), None
    while True:
        try:
            answer = ahead.answer() if ahead else phone.api.pull(server_url, request)
        except (ResyncError, GapError, ChainRefusedError) as error:
            repairs += 1
            if repairs > _REPAIRS:
                raise
            if isinstance(error, ChainRefusedError) and not is_forked:
                # It could send no more after that. Once, also a head damaged on its way says so.
                is_forked = True
            else:
                _agree(phone, report, error)
            request, ahead = _next_request(phone), None
            continue
        ahead = None
        if answer.more:
            request = _request_after(request, answer)
            ahead = Ahead(partial(phone.api.pull, server_url, request))
        try:
            wrong = _keep_page(phone, report, answer)
        finally:
            if ahead is not None:
                ahead.join()  # whatever happens, nothing of a sync goes on after it
        if wrong:
            repairs += 1
            if repairs > _REPAIRS:
                raise DigestError(wrong)
            report.fetched_anew += wrong
            request = _next_request(phone)
        elif not answer.more:
            return


def _agree(
    phone: Phone, report: SyncReport, error: ResyncError | GapError | ChainRefusedError
) -> None:
    """Do what a pull's refusal asks for, before the phone asks again."""
    if isinstance(error, ChainRefusedError):
        _stop_sending(phone, error)  # what others did is fetched all the same
    elif isinstance(error, ResyncError):
        with phone.database.write() as connection:
            replica.forget_position(connection, error.scope)
    else:
        _send_again(phone, error)
        # Before the rest, so that it comes down with it.
        _push(phone, report, most_batches=None)


def _next_request(phone: Phone) -> PullRequest:
    with phone.database.read() as connection:
        state = device.get(connection)
        now = state.true_time(phone.read_clock())
        doubt = doubts.find(connection)
        is_stopped = bool(device.stopped_by(connection))
        return PullRequest(
            request_id=secrets.token_hex(8),
            device_id=state.device_id,
            schema_version=SCHEMA_VERSION,
            epoch=state.epoch,
            cursors=replica.positions(connection),
            floors=replica.floors(connection),
            limit=phone.page_rows,
            in_doubt=doubt.own,
            in_doubt_before=doubt.former,
            settled=state.settled,
            compares=contents.wanted(connection, now_ms=device.to_ms(now)),
            head="" if is_stopped else heads.settled_head(connection),
            heads=heads.some_heads(connection) if is_stopped else (),
        )


def _request_after(request: PullRequest, answer: PullAnswer) -> PullRequest:
    """Return what `_next_request` will say once the answer's page has been kept."""
    return replace(
        request,
        request_id=secrets.token_hex(8),
        cursors=request.cursors | answer.cursors,
        floors=replica.floors_after(request.cursors, request.floors, answer),
    )


class DigestError(SyncError):
    """After fetching it anew the phone's copy still differs from the server's."""

    code = "digest"


def _keep_page(phone: Phone, report: SyncReport, answer: PullAnswer) -> list[str]:
    """Keep a page; with the last one the phone becomes one snapshot of the server."""
    reading = phone.read_clock()
    wrong: list[str] = []
    failpoints.reach("phone: page read")
    with phone.database.write() as connection:
        device.keep_anchor(connection, answer.anchor_token, clock=reading)
        if answer.common is not None:
            # What took, and is here no more, waits until the phone is connected again.
            outbox.reopen_taken(connection, after=answer.common)
        if replica.is_first_sync(connection):
            # There is no older state to protect, and the rep wants to see something.
            report.received += replica.apply_page(connection, answer)
        else:
            replica.stage(connection, answer)
            if not answer.more:
                report.received += replica.apply_staged(connection)
        if not answer.more:
            device.keep_organisation(connection, answer.organisation)
            now_ms = device.to_ms(device.get(connection).true_time(reading))
            if answer.results or answer.results_before:
                doubts.settle_again(connection, answer.results, answer.results_before, at_ms=now_ms)
            wrong = replica.finish(connection, answer)
            wrong = wrong or contents.compare(connection, answer, now_ms=now_ms)
            for scope in wrong:
                replica.forget_position(connection, scope)
        failpoints.reach("phone: page about to be kept")
    failpoints.reach("phone: page kept")
    report.pages += 1
    return wrong


def _note(phone: Phone, report: SyncReport) -> None:
    reading = phone.read_clock()
    with phone.database.write() as connection:
        state = device.get(connection)
        attempts.add(
            connection,
            at_ms=device.to_ms(state.true_time(reading)),
            sent=report.sent,
            received=report.received,
            problem=report.problem,
        )
        if not report.problem:
            now = state.true_time(reading)
            device.keep_sync_time(connection, now)
            outbox.prune(connection, now_ms=device.to_ms(now))
