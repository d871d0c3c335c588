"""Puts the phone together: adapters, storage, services, sync, view models on top. No Kivy."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from mobile.container.adapters import LOCALE, Adapters
from mobile.container.services import Services
from mobile.container.view_models import ViewModels
from mobile.device.background import BackgroundTrack
from mobile.device.connectivity import Connectivity
from mobile.device.gps import Gps
from mobile.device.haptics import Feel
from mobile.device.tokens import MAC_KEY
from mobile.services.recorder import Recorder
from mobile.settings import Look, PhoneSettings
from mobile.storage.examination import Examination
from mobile.storage.opening import open_or_recover
from shared.i18n import _

if TYPE_CHECKING:
    from mobile.sync.live import LivePositions
    from mobile.sync.scheduler import SyncScheduler

T = TypeVar("T")
_FOLLOW_EVERY = 5
"""Ticks between two looks whether the route may be kept."""
OnUiThread = Callable[[Callable[[], None]], None]


class Container:
    """Everything but the window."""

    locale = LOCALE

    def __init__(
        self,
        settings: PhoneSettings,
        *,
        adapters: Adapters,
        on_ui_thread: OnUiThread,
        examination: Examination | None = None,
    ) -> None:
        """
        Open the phone's database, or what can be recovered of it, and build on it.

        :param examination: of the database's file, where it was begun earlier
        """
        settings.data.mkdir(parents=True, exist_ok=True)
        self._on_ui_thread = on_ui_thread
        self.is_started = self._is_closed = self._is_followed = False
        self._ticks = 0
        self._adapters = adapters
        self._listener: Callable[[], None] = lambda: None
        self._workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="phone")
        self._database, self.recovery = open_or_recover(
            settings.data, read_key=self._read_key, examination=examination
        )
        self._recorder = Recorder(
            database=self._database, clock=adapters.clock, secrets=adapters.secrets
        )
        self._recorder.subscribe(self._notice_action)
        self._services = Services(
            settings, adapters=adapters, recorder=self._recorder, runner=_Runner(self)
        )
        self.view_models = ViewModels(
            self._services, settings=settings, background=self._in_background
        )

    @property
    def gps(self) -> Gps:
        """Return what measures where the phone is."""
        return self._services.gps

    @property
    def connectivity(self) -> Connectivity:
        """Return what knows whether there is a network."""
        return self._services.connectivity

    @cached_property
    def scheduler(self) -> "SyncScheduler":
        """Return what syncs, in a thread of its own."""
        from mobile.sync.engine import Phone as SyncedPhone
        from mobile.sync.photos import PhotoSender
        from mobile.sync.scheduler import SyncScheduler
        from mobile.sync.wiping import Wiper

        api, database = self._services.api, self._database
        sender = PhotoSender(
            database=database, api=api, files=self._services.files, may_send=self._may_send_photos
        )
        wiper = Wiper(
            database=database,
            secrets=self._adapters.secrets,
            api=api,
            delete_files=self._services.delete_files,
        )
        return SyncScheduler(
            phone=SyncedPhone(
                database=database,
                api=api,
                read_clock=self._recorder.read_clock,
                read_key=self._recorder.read_key,
            ),
            connectivity=self.connectivity,
            on_finished=lambda: self._on_ui(self._tell),
            send_photos=sender.send,
            wipe=wiper.wipe,
        )

    @cached_property
    def _live(self) -> "LivePositions":
        """Return what tells the office where the rep is now."""
        from mobile.sync.live import LivePositions

        return LivePositions(
            database=self._database,
            api=self._services.api,
            connectivity=self.connectivity,
            battery=self._adapters.battery,
            read_clock=self._recorder.read_clock,
        )

    def look(self) -> Look:
        """Return what the rep chose about the look."""
        return self._services.look.look()

    def keep_look(self, look: Look) -> None:
        """Keep a choice of the look."""
        self._services.look.keep(look)

    def is_enrolled(self) -> bool:
        """Whether the phone is a rep's."""
        return self._recorder.is_enrolled

    def has_open_visit(self) -> bool:
        """Whether the app ended in the middle of a visit."""
        return self._services.visits.open_visit() is not None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a function, on the UI thread, after each sync."""
        self._listener = listener

    def start(self) -> None:
        """Begin to measure and to sync: the phone is a rep's."""
        self._workers.submit(self._services.photos.tidy)
        self.gps.start()
        if self.is_started:
            self.scheduler.request()
        else:
            self.scheduler.start()
        self.is_started = True

    def tick(self) -> None:
        """Keep the newest fix for the route, where the day runs; called about once a second."""
        fix = self.gps.last_fix()
        if fix is not None:
            if not self._is_followed:
                self._workers.submit(self._services.tracks.record, fix)
            self._workers.submit(self._services.leaving.watch, fix)
            self._live.offer(fix)
        if self.is_started:
            self.view_models.reminders.tick()
            self._ticks += 1
            if self._adapters.track is not None and self._ticks % _FOLLOW_EVERY == 0:
                self._workers.submit(self._follow, self._adapters.track)

    def rest(self) -> None:
        """Give back the memory that a screen left behind; called where nobody touches the glass."""
        from mobile.device.memory import give_back

        if not self._is_closed:
            self._workers.submit(give_back)

    def feel(self, feel: Feel) -> None:
        """Let the rep feel what happened, unless that is not wanted."""
        if self._services.choices.buzzes:
            self._adapters.haptics.play(feel)

    def _follow(self, track: BackgroundTrack) -> None:
        """Let the route be kept while the screen is off, as long as it may be kept at all."""
        may_record = self._services.tracks.is_recording
        if may_record and not self._is_followed:
            words = _("Your route is recorded until you end your day.")
            self._is_followed = track.start("Tapak", words)
        elif not may_record and self._is_followed:
            track.stop()
            self._is_followed = False

    def close(self) -> None:
        """Stop everything; nothing is lost, for everything is saved at once."""
        self._is_closed = True
        self.gps.stop()
        if self.is_started:
            self.scheduler.stop()
        self._workers.shutdown(wait=True)
        self._database.close()

    def _read_key(self) -> bytes | None:
        key = self._adapters.secrets.read(MAC_KEY)
        return bytes.fromhex(key) if key else None

    def _notice_action(self) -> None:
        if self.is_started:
            self.scheduler.notice_action()

    def _may_send_photos(self) -> bool:
        """Whether photos may use the network there is now; asked before each piece."""
        if self.scheduler.is_stopping or not self.connectivity.is_online:
            return False
        return not self._services.waits_for_wifi()

    def _tell(self) -> None:
        self._listener()

    def _on_ui(self, call: Callable[[], object]) -> None:
        """Call a function on the UI thread, unless everything is closed by then."""

        def unless_closed() -> None:
            if not self._is_closed:
                call()

        self._on_ui_thread(unless_closed)

    def _in_background(
        self, work: Callable[[], T], done: Callable[[T], None], /, *, patience_s: float = 0
    ) -> None:
        def finish(future: Future[T]) -> None:
            # On the UI thread a bug in the work is seen; in the worker it would be lost.
            self._on_ui(lambda: done(future.result()))

        future = self._workers.submit(work)
        if patience_s and wait([future], patience_s).done:
            done(future.result())
        else:
            future.add_done_callback(finish)


class _Runner:
    """Asks for a sync; while nothing is started yet there is none to ask."""

    def __init__(self, container: Container) -> None:
        self._container = container

    @property
    def is_running(self) -> bool:
        """Whether something is being exchanged right now."""
        return self._container.is_started and self._container.scheduler.is_running

    def request(self) -> None:
        """Sync as soon as possible."""
        if self._container.is_started:
            self._container.scheduler.request()
