"""What has become of everything the rep recorded, and when phone and server last agreed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from mobile.device.clock import Clock
from mobile.device.connectivity import Connectivity, SwitchedConnectivity
from mobile.screens.formats import day_and_time, file_size, how_long, number
from mobile.screens.sync.values import Pipeline, both_values
from mobile.screens.view_model import Background, RowState, ViewModel
from mobile.screens.words import (
    conflict_words,
    record_words,
    refusal_words,
    service_problem,
    sync_problem_words,
)
from mobile.services.recorder import NOTHING, ServiceError
from mobile.services.views import RecordState, SyncRecord, SyncStatus, Way
from shared.i18n import _, ngettext
from shared.time import business_day

_SHOWN = 60
_ICONS = {
    "visit": "map-marker-outline",
    "check_in": "map-marker-check",
    "check_out": "flag-checkered",
    "deal": "cart-outline",
    "photo": "camera",
    "photo.withdraw": "camera",
    "start_day": "play",
    "end_day": "calendar-check-outline",
    "customer": "storefront-outline",
    "stop": "calendar-today",
    "consent": "shield-account-outline",
    "track": "map-marker-path",
    "task": "clipboard-check-outline",
    "expense": "cash-multiple",
    "answer.accept": "check",
}


class SyncService(Protocol):
    """Knows and moves what waits."""

    def status(self) -> SyncStatus:
        """Return how phone and server stand."""

    def records(self, *, limit: int = 100) -> Sequence[SyncRecord]:
        """Return what was recorded: what needs the rep first, then newest first."""

    def sync_now(self) -> None:
        """Begin a sync at once; returns before it is done."""

    def keep_mine(self, record_id: str) -> None:
        """Send the rep's values again, over the office's."""

    def take_theirs(self, record_id: str) -> None:
        """Leave it as the office has it."""


class DiagnosisService(Protocol):
    """Writes a file for whoever helps the rep."""

    def save(self) -> Path:
        """Write it; return where.

        :raises ServiceError: if it cannot be written
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncScreenState:
    """What the screen shows."""

    icon: str = "cloud-outline"
    tone: str = "unknown"
    title: str = ""
    detail: str = ""
    waiting: str = ""
    sent: str = ""
    needs_you: str = ""
    photos: str = ""
    photos_tone: str = "info"
    must_connect: bool = False
    """Whether only connecting the phone again helps."""
    is_running: bool = False
    can_play_offline: bool = False
    is_offline: bool = False
    is_saving: bool = False
    problem: str = ""
    """Why the report was not saved."""
    records: tuple[RowState, ...] = ()


class SyncViewModel(ViewModel[SyncScreenState]):
    """Shows each record in words; no spinner ever blocks anything."""

    def __init__(
        self,
        *,
        sync: SyncService,
        connectivity: Connectivity,
        clock: Clock,
        pipeline: Pipeline,
        diagnosis: DiagnosisService,
        background: Background,
    ) -> None:
        super().__init__(SyncScreenState())
        self._diagnosis = diagnosis
        self._background = background
        self._sync = sync
        self._connectivity = connectivity
        self._clock = clock
        self._pipeline = pipeline
        self._records: dict[str, SyncRecord] = {}

    def refresh(self) -> None:
        """Read the state anew."""
        status = self._sync.status()
        records = self._sync.records(limit=_SHOWN)
        self._records = {record.id: record for record in records}
        icon, tone, title = self._headline(status)
        self._show(
            SyncScreenState(
                icon=icon,
                tone=tone,
                title=title,
                detail=self._detail(status),
                waiting=number(status.waiting),
                sent=number(status.sent),
                needs_you=number(status.needs_you),
                photos=_photos(status),
                photos_tone="bad" if status.photos_stuck else "info",
                must_connect=status.must_connect,
                is_running=status.is_running,
                can_play_offline=isinstance(self._connectivity, SwitchedConnectivity),
                is_offline=not self._connectivity.is_online,
                is_saving=self.state.is_saving,
                problem=self.state.problem,
                records=tuple(self._row(record) for record in records),
            )
        )

    def tick(self) -> None:
        """Ages move on, and a running sync settles records."""
        self.refresh()

    def sync_now(self) -> None:
        """Begin a sync."""
        self._sync.sync_now()
        self.refresh()

    def play_offline(self, *, is_offline: bool) -> None:
        """Switch the simulated network; only where there is a switch."""
        if isinstance(self._connectivity, SwitchedConnectivity):
            self._connectivity.switch(is_online=not is_offline)
            self.refresh()

    def save_report(self, saved: Callable[[Path], None]) -> None:
        """Save a report beside the UI thread; `saved` is called with its file if that succeeded."""
        if self.state.is_saving:
            return
        self._show(replace(self.state, is_saving=True, problem=""))

        def save() -> Path | str:
            try:
                return self._diagnosis.save()
            except ServiceError as error:
                return error.code

        def done(result: Path | str) -> None:
            problem = service_problem(result) if isinstance(result, str) else ""
            self._show(replace(self.state, is_saving=False, problem=problem))
            if not isinstance(result, str):
                saved(result)

        self._background(save, done)

    def solve(self, record_id: str, way: str) -> None:
        """Settle what needs the rep: `mine` sends it again, `theirs` leaves the office's."""
        if way == Way.MINE:
            self._sync.keep_mine(record_id)
        elif way == Way.THEIRS:
            self._sync.take_theirs(record_id)
        self.refresh()

    def ways(self, record_id: str) -> list[tuple[str, str, str]]:
        """Return how a record can be settled, as (key, icon, words)."""
        record = self._records[record_id]
        ways = []
        if Way.MINE in record.ways:
            ways.append((Way.MINE, "account-circle-outline", _("Mine is right: send it again")))
        if Way.CORRECT in record.ways:
            ways.append((Way.CORRECT, "pencil-outline", _("Correct and send again")))
        if Way.MINE in record.ways:
            ways.append((Way.THEIRS, "briefcase-outline", _("The office is right: leave it")))
        elif Way.THEIRS in record.ways:
            ways.append((Way.THEIRS, "check", _("I have read this: put it away")))
        return [(str(way), icon, words) for way, icon, words in ways]

    def to_correct(self, record_id: str) -> tuple[str, str, Mapping[str, Any]]:
        """Return the form of a refused record, the record's id, and what was tried."""
        record = self._records[record_id]
        return record.form, record.record_id, record.mine or NOTHING

    def explain(self, record_id: str) -> tuple[str, str]:
        """Return title and words about a record: what is safe, what went wrong, what to do."""
        record = self._records[record_id]
        match record.state:
            case RecordState.SENT:
                words = _("The server has it. It stays there even if this phone is lost.")
            case RecordState.WAITING:
                words = _(
                    "Saved on this phone. It is sent by itself as soon as there is a network."
                )
            case RecordState.PUT_AWAY:
                words = "\n\n".join(
                    (_("The server did not take it, and you have put it away."), _why(record))
                )
            case _:
                words = "\n\n".join(
                    filter(
                        None,
                        (
                            _why(record),
                            both_values(record.mine, record.theirs, pipeline=self._pipeline),
                        ),
                    )
                )
        return self._title(record), words

    def _headline(self, status: SyncStatus) -> tuple[str, str, str]:
        if status.is_stopped or status.needs_you:
            needs_you = ngettext(
                "%(count)s record needs you", "%(count)s records need you", status.needs_you
            )
            text = _("Nothing is sent any more") if status.is_stopped else needs_you
            return "cloud-alert-outline", "bad", text
        if status.is_running:
            return "cloud-sync-outline", "info", _("Sending and fetching…")
        waiting = ngettext("%(count)s waiting", "%(count)s waiting", status.waiting)
        if status.waiting and status.oldest_waiting_at is not None:
            age = self._clock.now() - status.oldest_waiting_at
            tone = "bad" if age.total_seconds() > 24 * 3600 else "info"
            text = _("%(waiting)s, oldest %(age)s", waiting=waiting, age=how_long(age))
            return "cloud-upload-outline", tone, text
        if not self._connectivity.is_online:
            return "cloud-off-outline", "unknown", _("No network")
        if status.last_sync_at is None:
            return "cloud-outline", "unknown", _("Not synced yet")
        return "cloud-check-outline", "good", _("All sent")

    def _detail(self, status: SyncStatus) -> str:
        zone, now = self._clock.time_zone, self._clock.now()
        parts = []
        if status.problem and (self._connectivity.is_online or status.is_stopped):
            parts.append(sync_problem_words(status.problem))
        elif not self._connectivity.is_online:
            parts.append(_("No network. Everything is saved on this phone."))
        if status.last_sync_at is not None:
            at = day_and_time(status.last_sync_at, zone, business_day(now, zone))
            parts.append(_("Last sync: %(time)s", time=at))
        return "\n".join(parts)

    def _title(self, record: SyncRecord) -> str:
        return " · ".join(filter(None, (record_words(record.entity), record.title)))

    def _row(self, record: SyncRecord) -> RowState:
        zone, now = self._clock.time_zone, self._clock.now()
        at = day_and_time(record.recorded_at, zone, business_day(now, zone))
        tone, mark = {
            RecordState.WAITING: ("info", _("saved on phone")),
            RecordState.SENT: ("good", _("sent")),
            RecordState.NEEDS_YOU: ("bad", _("needs you")),
            RecordState.PUT_AWAY: ("unknown", _("not taken, put away")),
        }[record.state]
        return RowState(
            key=record.id,
            icon=_ICONS.get(record.entity, "file-document-outline"),
            icon_tone=tone,
            title=record.title or record_words(record.entity),
            detail=f"{record_words(record.entity)} · {at}" if record.title else at,
            mark=mark,
            mark_tone=tone,
        )


def _why(record: SyncRecord) -> str:
    if record.reason != "conflict":
        return refusal_words(record.reason)
    return conflict_words(
        is_deletion=record.is_deletion,
        is_deleted=not record.theirs,
        is_final=Way.MINE not in record.ways,
    )


def _photos(status: SyncStatus) -> str:
    """Return how many photos are only on this phone, and what they wait for."""
    sentences = []
    if status.photos_waiting:
        words = ngettext(
            "%(count)s photo waits (%(size)s).",
            "%(count)s photos wait (%(size)s).",
            status.photos_waiting,
            size=file_size(status.photo_bytes_waiting),
        )
        sentences.append(words)
        if status.photos_wait_for_wifi:
            sentences.append(_("Photos wait for Wi-Fi."))
    if status.photos_stuck:
        stuck = ngettext(
            "%(count)s photo could not be sent.",
            "%(count)s photos could not be sent.",
            status.photos_stuck,
        )
        sentences.append(stuck)
    return " ".join(sentences)
