"""Puts the phone together: adapters, storage, services, sync, view models on top. No Kivy."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mobile.device.battery import Battery, LinuxBattery
from mobile.device.camera import Camera
from mobile.device.clock import Clock, LinuxClock
from mobile.device.connectivity import Connectivity, SwitchedConnectivity
from mobile.device.gps import Gps
from mobile.device.links import BrowserLinks, Links
from mobile.device.phone import PhoneDescription, describe_desktop
from mobile.device.secrets import DesktopSecrets, SecretStore
from mobile.device.simulated_camera import SimulatedCamera
from mobile.device.simulated_gps import FixedGps, RouteGps, TrackGps
from mobile.device.tokens import MAC_KEY
from mobile.screens.bar.view_model import BarViewModel
from mobile.screens.customer.view_model import CustomerViewModel
from mobile.screens.customers.view_model import CustomersViewModel
from mobile.screens.deal.view_model import DealViewModel
from mobile.screens.deals.view_model import DealsViewModel
from mobile.screens.enrol.view_model import EnrolViewModel
from mobile.screens.expense.view_model import ExpenseViewModel
from mobile.screens.expenses.view_model import ExpensesViewModel
from mobile.screens.line.view_model import LineViewModel
from mobile.screens.map.view_model import MapViewModel
from mobile.screens.more.menu import entries
from mobile.screens.more.view_model import MoreViewModel
from mobile.screens.numbers.view_model import NumbersViewModel
from mobile.screens.order.view_model import OrderViewModel
from mobile.screens.pick.view_model import PickViewModel
from mobile.screens.prospect.view_model import ProspectViewModel
from mobile.screens.records.view_model import RecordsViewModel
from mobile.screens.settings.view_model import SettingsViewModel
from mobile.screens.sync.view_model import SyncViewModel
from mobile.screens.task.view_model import TaskViewModel
from mobile.screens.tasks.view_model import TasksViewModel
from mobile.screens.today.view_model import TodayViewModel
from mobile.screens.visit.photos import VisitPhotos
from mobile.screens.visit.view_model import VisitViewModel
from mobile.services.account import AccountService
from mobile.services.clock import TrueClock
from mobile.services.customers import CustomerService
from mobile.services.day import DayService
from mobile.services.deals import DealService
from mobile.services.enrolment import EnrolmentService
from mobile.services.expenses import ExpenseService
from mobile.services.leaving import LeavingService
from mobile.services.look import LookService
from mobile.services.numbers import NumbersService
from mobile.services.photos import PhotoService
from mobile.services.products import ProductService
from mobile.services.recorder import Recorder
from mobile.services.records import RecordsService
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

APP_VERSION = "0.1.0"
T = TypeVar("T")
OnUiThread = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, kw_only=True)
class Adapters:
    """The hardware; tests and phones give their own."""

    clock: Clock
    connectivity: Connectivity
    secrets: SecretStore
    phone: PhoneDescription
    battery: Battery = field(default_factory=LinuxBattery)
    camera: Camera | None = None
    """None: simulated."""
    links: Links = BrowserLinks()  # noqa: RUF009 - it holds no state
    """Opens the dialler, WhatsApp and maps."""
    gps: Gps | None = None
    """None: simulated, as the settings say."""


def desktop_adapters(settings: PhoneSettings) -> Adapters:
    """Return what a desktop has in place of a phone's hardware."""
    return Adapters(
        clock=LinuxClock(),
        connectivity=SwitchedConnectivity(is_online=not settings.is_offline),
        secrets=DesktopSecrets(settings.data),
        phone=describe_desktop(app_version=APP_VERSION),
    )


@dataclass(frozen=True, kw_only=True)
class ViewModels:
    """One of each screen, and the bar above all."""

    bar: BarViewModel
    enrol: EnrolViewModel
    today: TodayViewModel
    customers: CustomersViewModel
    customer: CustomerViewModel
    visit: VisitViewModel
    order: OrderViewModel
    sync: SyncViewModel
    deals: DealsViewModel
    deal: DealViewModel
    line: LineViewModel
    pick: PickViewModel
    tasks: TasksViewModel
    task: TaskViewModel
    expenses: ExpensesViewModel
    expense: ExpenseViewModel
    numbers: NumbersViewModel
    prospect: ProspectViewModel
    map: MapViewModel
    more: MoreViewModel
    records: RecordsViewModel
    settings: SettingsViewModel


class Container:
    """Everything but the window."""

    locale = Path(__file__).parent / "locale"

    def __init__(
        self, settings: PhoneSettings, *, adapters: Adapters, on_ui_thread: OnUiThread
    ) -> None:
        """Open the phone's database, or what can be recovered of it, and build on it."""
        settings.data.mkdir(parents=True, exist_ok=True)
        self._on_ui_thread = on_ui_thread
        self._is_started = self._is_closed = False
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
        sync = SyncService(
            recorder=recorder, runner=self._scheduler, waits_for_wifi=self._waits_for_wifi
        )
        self._leaving = LeavingService(recorder=recorder)
        visits = VisitService(recorder=recorder, app_version=APP_VERSION, battery=adapters.battery)
        customers = CustomerService(recorder=recorder)
        products = ProductService(database=self._database)
        deals = DealService(recorder=recorder)
        tasks = TaskService(recorder=recorder)
        expenses = ExpenseService(recorder=recorder)
        self._enrolment = EnrolmentService(
            database=self._database,
            clock=adapters.clock,
            secrets=adapters.secrets,
            api=api,
            phone=adapters.phone,
        )
        self.view_models = ViewModels(
            bar=BarViewModel(sync=sync, connectivity=self.connectivity, gps=self.gps, clock=clock),
            enrol=EnrolViewModel(
                enrolment=self._enrolment,
                connectivity=self.connectivity,
                background=self._in_background,
                server=settings.server,
                code=settings.code,
            ),
            today=TodayViewModel(
                days=self._days, visits=visits, leaving=self._leaving, gps=self.gps, clock=clock
            ),
            customers=CustomersViewModel(
                customers=customers, gps=self.gps, background=self._in_background
            ),
            customer=CustomerViewModel(
                customers=customers,
                days=self._days,
                visits=visits,
                gps=self.gps,
                clock=clock,
                links=adapters.links,
            ),
            visit=VisitViewModel(
                visits=visits,
                customers=customers,
                connectivity=self.connectivity,
                gps=self.gps,
                clock=clock,
                photos=VisitPhotos(
                    photos=self._photos,
                    camera=camera,
                    background=self._in_background,
                    zone=lambda: clock.time_zone,
                ),
                leaving=self._leaving,
            ),
            order=OrderViewModel(products=products, visits=visits, drafts=choices),
            sync=SyncViewModel(
                sync=sync, connectivity=self.connectivity, clock=clock, pipeline=deals
            ),
            deals=DealsViewModel(deals=deals, background=self._in_background),
            deal=DealViewModel(deals=deals, customers=customers, products=products, drafts=choices),
            line=LineViewModel(),
            pick=PickViewModel(
                customers=customers, products=products, background=self._in_background
            ),
            tasks=TasksViewModel(tasks=tasks),
            task=TaskViewModel(tasks=tasks, customers=customers, drafts=choices),
            expenses=ExpensesViewModel(expenses=expenses),
            expense=ExpenseViewModel(
                expenses=expenses, drafts=choices, background=self._in_background
            ),
            map=MapViewModel(
                customers=customers,
                days=self._days,
                gps=self.gps,
                links=adapters.links,
                background=self._in_background,
                tiles=settings.tiles or settings.data / "map.mbtiles",
            ),
            prospect=ProspectViewModel(customers=customers, gps=self.gps, drafts=choices),
            numbers=NumbersViewModel(
                numbers=NumbersService(recorder=recorder),
                clock=clock,
                background=self._in_background,
            ),
            more=MoreViewModel(
                entries=entries(deals=deals, tasks=tasks, expenses=expenses, sync=sync)
            ),
            records=RecordsViewModel(
                records=RecordsService(
                    recorder=recorder,
                    files=self._copies,
                    office=OwnRecords(
                        database=self._database, api=api, connectivity=self.connectivity
                    ).fetch,
                ),
                background=self._in_background,
            ),
            settings=SettingsViewModel(
                preferences=self._look,
                data=choices,
                account=AccountService(
                    database=self._database,
                    secrets=adapters.secrets,
                    enrolment=self._enrolment,
                    phone=adapters.phone,
                    delete_files=self._delete_files,
                ),
            ),
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
            self._workers.submit(self._tracks.record, fix)
            self._workers.submit(self._leaving.watch, fix)
            self._live.offer(fix)

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

    def _simulated_gps(self, settings: PhoneSettings, clock: Clock) -> Gps:
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
