"""Puts the phone together: adapters, storage, services, sync, view models on top. No Kivy."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mobile.container.adapters import APP_VERSION, LOCALE, Adapters
from mobile.container.view_models import Services, make_view_models
from mobile.device.background import BackgroundTrack
from mobile.device.gps import Gps
from mobile.device.haptics import Feel
from mobile.device.simulated_camera import SimulatedCamera
from mobile.device.simulated_gps import FixedGps, RouteGps, TrackGps
from mobile.device.tokens import MAC_KEY
from mobile.services.account import AccountService
from mobile.services.basket import BasketService
from mobile.services.clock import TrueClock
from mobile.services.customers import CustomerService
from mobile.services.day import DayService
from mobile.services.deals import DealService
from mobile.services.enrolment import EnrolmentService
from mobile.services.expenses import ExpenseService
from mobile.services.form import FormService
from mobile.services.leaving import LeavingService
from mobile.services.look import LookService
from mobile.services.numbers import NumbersService
from mobile.services.photos import PhotoService
from mobile.services.products import ProductService
from mobile.services.recorder import Recorder
from mobile.services.records import RecordsService
from mobile.services.reminders import ReminderService
from mobile.services.room import RoomService
from mobile.services.settings import SettingsService
from mobile.services.sync import SyncService
from mobile.services.tasks import TaskService
from mobile.services.tracks import TrackService
from mobile.services.views import StopProgress
from mobile.services.visits import VisitService
from mobile.settings import Look, PhoneSettings
from mobile.storage.export_files import ExportFiles
from mobile.storage.photo_files import PhotoFiles
from mobile.storage.salvage import open_or_recover
from mobile.sync.api_client import ApiClient
from mobile.sync.engine import Phone as SyncedPhone
from mobile.sync.live import LivePositions
from mobile.sync.own_records import OwnRecords
from mobile.sync.photos import PhotoSender
from mobile.sync.scheduler import SyncScheduler
from mobile.sync.wiping import Wiper
from shared.geo import Position
from shared.i18n import _

T = TypeVar("T")
_FOLLOW_EVERY = 5
"""Ticks between two looks whether the route may be kept."""
OnUiThread = Callable[[Callable[[], None]], None]


class Container:
    """Everything but the window."""

    locale = LOCALE

    def __init__(
        self, settings: PhoneSettings, *, adapters: Adapters, on_ui_thread: OnUiThread
    ) -> None:
        """Open the phone's database, or what can be recovered of it, and build on it."""
        settings.data.mkdir(parents=True, exist_ok=True)
        self._on_ui_thread = on_ui_thread
        self._is_started = self._is_closed = self._is_followed = False
        self._ticks = 0
        self._haptics, self._background_track = adapters.haptics, adapters.track
        self._listener: Callable[[], None] = lambda: None
        self._workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="phone")
        self.connectivity = adapters.connectivity
        key = adapters.secrets.read(MAC_KEY)
        self._database, self.recovery = open_or_recover(
            settings.data, key=bytes.fromhex(key) if key else None
        )
        recorder = Recorder(database=self._database, clock=adapters.clock, secrets=adapters.secrets)
        clock = TrueClock(recorder=recorder)
        self._days = DayService(recorder=recorder)
        self._tracks = TrackService(recorder=recorder, battery=adapters.battery)
        self._choices = choices = SettingsService(database=self._database)
        self._look = LookService(settings=choices, language=settings.language)
        self.gps = adapters.gps or self._simulated_gps(settings, clock)
        api = ApiClient(secrets=adapters.secrets)
        files = self._files = PhotoFiles(settings.data / "photos")
        self._copies = ExportFiles(settings.copies or settings.data / "copies")
        camera = adapters.camera or SimulatedCamera()
        self._photos = PhotoService(
            recorder=recorder, files=files, pictures=camera, app_version=APP_VERSION
        )
        sender = PhotoSender(
            database=self._database, api=api, files=files, may_send=self._may_send_photos
        )
        self._scheduler = SyncScheduler(
            phone=SyncedPhone(database=self._database, api=api, read_clock=recorder.read_clock),
            connectivity=self.connectivity,
            on_finished=lambda: self._on_ui(self._tell),
            send_photos=sender.send,
            wipe=Wiper(
                database=self._database,
                secrets=adapters.secrets,
                api=api,
                delete_files=self._delete_files,
            ).wipe,
        )
        self._live = LivePositions(
            database=self._database,
            api=api,
            connectivity=self.connectivity,
            battery=adapters.battery,
            read_clock=recorder.read_clock,
        )
        recorder.subscribe(self._scheduler.notice_action)
        self._leaving = LeavingService(recorder=recorder)
        self._enrolment = EnrolmentService(
            database=self._database,
            clock=adapters.clock,
            secrets=adapters.secrets,
            api=api,
            phone=adapters.phone,
        )
        services = Services(
            account=AccountService(
                database=self._database,
                secrets=adapters.secrets,
                enrolment=self._enrolment,
                phone=adapters.phone,
                delete_files=self._delete_files,
            ),
            baskets=BasketService(recorder=recorder),
            camera=camera,
            choices=choices,
            clock=clock,
            connectivity=self.connectivity,
            customers=CustomerService(recorder=recorder),
            days=self._days,
            deals=DealService(recorder=recorder),
            enrolment=self._enrolment,
            expenses=ExpenseService(recorder=recorder),
            form=FormService(recorder=recorder),
            gps=self.gps,
            leaving=self._leaving,
            links=adapters.links,
            look=self._look,
            numbers=NumbersService(recorder=recorder),
            photos=self._photos,
            products=ProductService(database=self._database),
            records=RecordsService(
                recorder=recorder,
                files=self._copies,
                office=OwnRecords(
                    database=self._database, api=api, connectivity=self.connectivity
                ).fetch,
            ),
            notices=adapters.notices,
            reminders=ReminderService(recorder=recorder),
            room=RoomService(recorder=recorder, files=files),
            sync=SyncService(
                recorder=recorder, runner=self._scheduler, waits_for_wifi=self._waits_for_wifi
            ),
            tasks=TaskService(recorder=recorder),
            tracks=self._tracks,
            visits=VisitService(
                recorder=recorder, app_version=APP_VERSION, battery=adapters.battery
            ),
        )
        self.view_models = make_view_models(
            services, settings=settings, background=self._in_background
        )

    def look(self) -> Look:
        """Return what the rep chose about the look."""
        return self._look.look()

    def keep_look(self, look: Look) -> None:
        """Keep a choice of the look."""
        self._look.keep(look)

    def is_enrolled(self) -> bool:
        """Whether the phone is a rep's."""
        return self._enrolment.is_enrolled

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a function, on the UI thread, after each sync."""
        self._listener = listener

    def start(self) -> None:
        """Begin to measure and to sync: the phone is a rep's."""
        self._workers.submit(self._photos.tidy)
        self.gps.start()
        if self._is_started:
            self._scheduler.request()
        else:
            self._scheduler.start()
        self._is_started = True

    def tick(self) -> None:
        """Keep the newest fix for the route, where the day runs; called about once a second."""
        fix = self.gps.last_fix()
        if fix is not None:
            if not self._is_followed:
                self._workers.submit(self._tracks.record, fix)
            self._workers.submit(self._leaving.watch, fix)
            self._live.offer(fix)
        if self._is_started:
            self.view_models.reminders.tick()
            self._ticks += 1
            if self._background_track is not None and self._ticks % _FOLLOW_EVERY == 0:
                self._workers.submit(self._follow, self._background_track)

    def feel(self, feel: Feel) -> None:
        """Let the rep feel what happened, unless that is not wanted."""
        if self._choices.buzzes:
            self._haptics.play(feel)

    def _follow(self, track: BackgroundTrack) -> None:
        """Let the route be kept while the screen is off, as long as it may be kept at all."""
        may_record = self._tracks.is_recording
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
        self._scheduler.stop()
        self._workers.shutdown(wait=True)
        self._database.close()

    def _delete_files(self) -> None:
        self._files.delete_all()
        self._copies.delete_all()

    def _may_send_photos(self) -> bool:
        """Whether photos may use the network there is now; asked before each piece."""
        if self._scheduler.is_stopping or not self.connectivity.is_online:
            return False
        return not self._waits_for_wifi()

    def _waits_for_wifi(self) -> bool:
        """Whether photos wait only because this network costs something."""
        is_metered = self.connectivity.is_online and self.connectivity.is_metered
        return is_metered and self._choices.sends_photos_on_wifi_only

    def _tell(self) -> None:
        self._listener()

    def _on_ui(self, call: Callable[[], object]) -> None:
        """Call a function on the UI thread, unless everything is closed by then."""

        def unless_closed() -> None:
            if not self._is_closed:
                call()

        self._on_ui_thread(unless_closed)

    def _in_background(self, work: Callable[[], T], done: Callable[[T], None], /) -> None:
        def finish(future: Future[T]) -> None:
            # On the UI thread a bug in the work is seen; in the worker it would be lost.
            self._on_ui(lambda: done(future.result()))

        self._workers.submit(work).add_done_callback(finish)

    def _simulated_gps(self, settings: PhoneSettings, clock: TrueClock) -> Gps:
        if settings.place is not None:
            return FixedGps(settings.place, now=clock.now)
        if settings.track is not None:
            return TrackGps(settings.track, now=clock.now)
        return RouteGps(self._next_place, now=clock.now, speed_kmh=settings.speed_kmh)

    def _next_place(self) -> Position | None:
        """Return where a rep would ride to now: the visit going on, else the next stop."""
        if not self._enrolment.is_enrolled:
            return None
        stops = self._days.today().stops
        for wanted in (StopProgress.IN_VISIT, StopProgress.PLANNED):
            for stop in stops:
                customer = stop.customer
                if stop.progress == wanted and customer.latitude is not None:
                    assert customer.longitude is not None
                    return Position(customer.latitude, customer.longitude)
        return None
