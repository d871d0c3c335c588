"""Lines on their way to their answers, read and put into groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.sync.batch import Batch, Created
from server.sync.entities import MODELS, record_version
from server.sync.incoming import Incoming
from server.sync.lines import Line, data_sha256, data_sha256_of_before, read_line
from shared.sync.protocol import Change, Kind, MalformedError, Result, Status

FAILED = (Status.REJECTED, Status.CONFLICT)
"""What undoes a group."""
_CREATE = Kind.CREATE


@dataclass(slots=True)
class Attempt:
    """A line on its way to its answer."""

    line: Line
    change: Change | None = None
    """None: it says nothing that can be read."""
    incoming: Incoming | None = None
    result: Result | None = None
    version_before: int = 0
    error: str = ""
    """Traceback, where the fault is ours."""
    theirs: dict[str, Any] | None = None
    """What the server has, where a person must choose."""
    _sha256: bytes = b""

    @property
    def sha256(self) -> bytes:
        """
        Return the hash of what the change says; none of a line that says nothing.

        Worked out when it is first asked for: of a long batch PostgreSQL writes a part by then.
        """
        if not self._sha256 and self.change is not None:
            self._sha256 = data_sha256(self.change)
        return self._sha256

    @property
    def has_failed(self) -> bool:
        """Return whether it is answered, and not applied."""
        return self.result is not None and self.result.status in FAILED

    def reject(self, code: str, field_name: str = "") -> None:
        """Answer that it is not taken, and why."""
        self.result = Result(self.line.sequence, Status.REJECTED, code=code, field_name=field_name)


Group = Sequence[Attempt]


def read_attempt(line: Line) -> Attempt:
    """Read a line; one that is no change is rejected."""
    attempt = Attempt(line)
    try:
        change = read_line(line.body)
    except MalformedError as error:
        attempt.reject(error.reason, error.field)
        return attempt
    if change.sequence == line.sequence:
        attempt.change = change
    else:
        attempt.reject("out_of_order", "s")
    return attempt


def groups_of(attempts: Sequence[Attempt]) -> Iterator[Group]:
    """Split into runs of neighbours of one group; a change without a group stands alone."""
    group: list[Attempt] = []
    last: str | None = None
    for attempt in attempts:
        group_id = attempt.change.group_id if attempt.change else None
        if group_id is not None and group_id == last:
            group.append(attempt)
            continue
        if group:
            yield group
        group, last = [attempt], group_id
    if group:
        yield group


def changes_of(groups: Sequence[Group]) -> list[Change]:
    """Return the changes of groups in their order."""
    return [attempt.change for group in groups for attempt in group if attempt.change]


def answer_of_before(change: Change, sha256: bytes, batch: Batch) -> tuple[Result, int] | None:
    """
    Return the answer that is known, for the same came before in another way; None: it is new.

    :return: with the version that the record had before
    """
    if (result := _seen_before(change, sha256, batch)) is not None:
        return result, 0
    if (sent := batch.sent_before(change)) is not None:
        return sent.answer(change.sequence), sent.version_before
    return None


def _seen_before(change: Change, sha256: bytes, batch: Batch) -> Result | None:
    """Return the answer for a create whose record is there: the same again, or an id used twice."""
    if change.kind is not _CREATE:
        return None
    first = batch.created.get(change.record_id)
    exists = first is None and version_of(change) > 0
    if exists:  # made since the batch began, or not by a phone
        batch.look_up_created()
        first = batch.created.get(change.record_id)
    if first is not None and _says_the_same(first, change, sha256):
        return replace(Result.from_wire(first.wire), sequence=change.sequence, duplicate=True)
    if first is not None or exists:
        return Result(change.sequence, Status.REJECTED, code="id_reused", field_name="id")
    return None


def _says_the_same(first: Created, change: Change, sha256: bytes) -> bool:
    if first.entity != change.entity:
        return False
    if first.data_sha256 == sha256:
        return True
    return first.data_sha256 == data_sha256_of_before(change)


def version_of(change: Change, *, lock: bool = False) -> int:
    """Return the version of the record a change is about; 0 where there is none.

    :param lock: the change is to be applied. From this version on the record is the phone's own:
        what somebody else commits before it is changed must not come in between
    """
    model = MODELS.get(change.entity.partition(".")[0])
    return 0 if model is None else record_version(model, change.record_id, lock=lock)
