"""What a rep can do on this phone: each service is made, and imported, when it is first wanted.

An app that starts needs few of them. No Kivy.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from mobile.container.adapters import APP_VERSION, Adapters
from mobile.container.leftovers import delete_files, export_files, photo_files
from mobile.device.connectivity import Connectivity
from mobile.device.gps import Gps
from mobile.device.links import Links
from mobile.device.notices import Notices
from mobile.services.clock import TrueClock
from mobile.services.day import DayService
from mobile.services.look import LookService
from mobile.services.recorder import Recorder
from mobile.services.settings import SettingsService
from mobile.services.tracks import TrackService
from mobile.services.views import StopProgress
from mobile.settings import PhoneSettings
from shared.geo import Position

if TYPE_CHECKING:
    from mobile.device.camera import Camera
    from mobile.services.account import AccountService
    from mobile.services.basket import BasketService
    from mobile.services.customers import CustomerService
    from mobile.services.deals import DealService
    from mobile.services.diagnosis import DiagnosisService
    from mobile.services.enrolment import EnrolmentService
    from mobile.services.expenses import ExpenseService
    from mobile.services.form import FormService
    from mobile.services.leaving import LeavingService
    from mobile.services.numbers import NumbersService
    from mobile.services.photos import PhotoService
    from mobile.services.products import ProductService
    from mobile.services.receipts import ReceiptService
    from mobile.services.records import RecordsService
    from mobile.services.reminders import ReminderService
    from mobile.services.room import RoomService
    from mobile.services.sync import SyncRunner, SyncService
    from mobile.services.tasks import TaskService
    from mobile.services.visits import VisitService
    from mobile.sync.api_client import ApiClient


class Services:
    """The services, on one database and one set of hardware. Made on the UI thread only."""

    def __init__(
        self,
        settings: PhoneSettings,
        *,
        adapters: Adapters,
        recorder: Recorder,
        runner: "SyncRunner",
    ) -> None:
        """Make what the first screen stands on; `runner` syncs."""
        self._settings = settings
        self._adapters = adapters
        self._recorder = recorder
        self._runner = runner
        database = recorder.database
        self.connectivity: Connectivity = adapters.connectivity
        self.links: Links = adapters.links
        self.notices: Notices = adapters.notices
        self.clock = TrueClock(recorder=recorder)
        self.choices = SettingsService(database=database)
        self.days = DayService(recorder=recorder)
        self.look = LookService(settings=self.choices, language=settings.language)
        self.tracks = TrackService(recorder=recorder, battery=adapters.battery)
        self.files = photo_files(settings)
        self.copies = export_files(settings)

    @cached_property
    def gps(self) -> Gps:
        """Return what measures, or simulates it."""
        return self._adapters.gps or self._simulated_gps()

    @cached_property
    def api(self) -> "ApiClient":
        """Return what talks with the server."""
        from mobile.sync.api_client import ApiClient

        return ApiClient(secrets=self._adapters.secrets)

    @cached_property
    def account(self) -> "AccountService":
        """Return whose phone it is, and signing out."""
        from mobile.services.account import AccountService

        return AccountService(
            database=self._recorder.database,
            secrets=self._adapters.secrets,
            enrolment=self.enrolment,
            phone=self._adapters.phone,
            delete_files=self.delete_files,
        )

    @cached_property
    def baskets(self) -> "BasketService":
        """Return the basket of the visit."""
        from mobile.services.basket import BasketService

        return BasketService(recorder=self._recorder)

    @cached_property
    def customers(self) -> "CustomerService":
        """Return the rep's customers."""
        from mobile.services.customers import CustomerService

        return CustomerService(recorder=self._recorder)

    @cached_property
    def deals(self) -> "DealService":
        """Return the pipeline."""
        from mobile.services.deals import DealService

        return DealService(recorder=self._recorder)

    @cached_property
    def diagnosis(self) -> "DiagnosisService":
        """Return what says how sync stands."""
        from mobile.services.diagnosis import DiagnosisService

        return DiagnosisService(
            recorder=self._recorder, files=self.copies, phone=self._adapters.phone
        )

    @cached_property
    def enrolment(self) -> "EnrolmentService":
        """Return how the phone becomes a rep's."""
        from mobile.services.enrolment import EnrolmentService

        return EnrolmentService(
            database=self._recorder.database,
            clock=self._adapters.clock,
            secrets=self._adapters.secrets,
            api=self.api,
            phone=self._adapters.phone,
        )

    @cached_property
    def expenses(self) -> "ExpenseService":
        """Return the expenses."""
        from mobile.services.expenses import ExpenseService

        return ExpenseService(recorder=self._recorder, app_version=APP_VERSION)

    @cached_property
    def form(self) -> "FormService":
        """Return the visit form."""
        from mobile.services.form import FormService

        return FormService(recorder=self._recorder, photos=self.photos)

    @cached_property
    def leaving(self) -> "LeavingService":
        """Return who notices that the rep left an outlet."""
        from mobile.services.leaving import LeavingService

        return LeavingService(recorder=self._recorder)

    @cached_property
    def numbers(self) -> "NumbersService":
        """Return the rep's own numbers."""
        from mobile.services.numbers import NumbersService

        return NumbersService(recorder=self._recorder)

    @cached_property
    def photos(self) -> "PhotoService":
        """Return the photos."""
        from mobile.services.photos import PhotoService

        return PhotoService(
            recorder=self._recorder, files=self.files, pictures=self.camera, app_version=APP_VERSION
        )

    @cached_property
    def products(self) -> "ProductService":
        """Return the products."""
        from mobile.services.products import ProductService

        return ProductService(database=self._recorder.database)

    @cached_property
    def reminders(self) -> "ReminderService":
        """Return what the rep is reminded of."""
        from mobile.services.reminders import ReminderService

        return ReminderService(recorder=self._recorder)

    @cached_property
    def receipts(self) -> "ReceiptService":
        """Return the receipts of expenses."""
        from mobile.services.receipts import ReceiptService

        return ReceiptService(recorder=self._recorder, photos=self.photos)

    @cached_property
    def room(self) -> "RoomService":
        """Return how much room the app takes."""
        from mobile.services.room import RoomService

        return RoomService(recorder=self._recorder, files=self.files)

    @cached_property
    def tasks(self) -> "TaskService":
        """Return the tasks."""
        from mobile.services.tasks import TaskService

        return TaskService(recorder=self._recorder)

    @cached_property
    def visits(self) -> "VisitService":
        """Return the visits."""
        from mobile.services.visits import VisitService

        return VisitService(
            recorder=self._recorder, app_version=APP_VERSION, battery=self._adapters.battery
        )

    @cached_property
    def camera(self) -> "Camera":
        """Return the camera, or what stands for it on a desktop."""
        from mobile.device.simulated_camera import SimulatedCamera

        return self._adapters.camera or SimulatedCamera()

    @cached_property
    def records(self) -> "RecordsService":
        """Return what is recorded of the rep."""
        from mobile.services.records import RecordsService
        from mobile.sync.own_records import OwnRecords

        office = OwnRecords(
            database=self._recorder.database, api=self.api, connectivity=self.connectivity
        )
        return RecordsService(recorder=self._recorder, files=self.copies, office=office.fetch)

    @cached_property
    def sync(self) -> "SyncService":
        """Return how far phone and server agree."""
        from mobile.services.sync import SyncService

        return SyncService(
            recorder=self._recorder, runner=self._runner, waits_for_wifi=self.waits_for_wifi
        )

    def waits_for_wifi(self) -> bool:
        """Whether photos wait only because this network costs something."""
        is_metered = self.connectivity.is_online and self.connectivity.is_metered
        return is_metered and self.choices.sends_photos_on_wifi_only

    def delete_files(self) -> None:
        """Delete the photos, the copies and damaged databases on this phone."""
        delete_files(self._settings)

    def _simulated_gps(self) -> Gps:
        from mobile.device.simulated_gps import FixedGps, RouteGps, TrackGps

        settings, now = self._settings, self.clock.now
        if settings.place is not None:
            return FixedGps(settings.place, now=now)
        if settings.track is not None:
            return TrackGps(settings.track, now=now)
        return RouteGps(self._next_place, now=now, speed_kmh=settings.speed_kmh)

    def _next_place(self) -> Position | None:
        """Return where a rep would ride to now: the visit going on, else the next stop."""
        if not self._recorder.is_enrolled:
            return None
        stops = self.days.today().stops
        for wanted in (StopProgress.IN_VISIT, StopProgress.PLANNED):
            for stop in stops:
                customer = stop.customer
                if stop.progress == wanted and customer.latitude is not None:
                    assert customer.longitude is not None
                    return Position(customer.latitude, customer.longitude)
        return None
