"""A phone that is real but for its hardware: storage, services, engine and HTTP client."""

import datetime as dt
import random
import time
from pathlib import Path

from mobile.device.phone import PhoneDescription
from mobile.device.reading import read_clock
from mobile.device.simulated_camera import SimulatedCamera
from mobile.services.customers import CustomerService
from mobile.services.day import DayService
from mobile.services.deals import DealService
from mobile.services.enrolment import EnrolmentService
from mobile.services.expenses import ExpenseService
from mobile.services.form import FormService
from mobile.services.photos import PhotoService
from mobile.services.receipts import ReceiptService
from mobile.services.recorder import Recorder
from mobile.services.sync import SyncService
from mobile.services.tasks import TaskService
from mobile.services.tracks import TrackService
from mobile.services.visits import VisitService
from mobile.storage.database import Database
from mobile.storage.photo_files import PhotoFiles
from mobile.sync.api_client import ApiClient
from mobile.sync.batch_size import BatchSize
from mobile.sync.engine import Phone, synchronize
from mobile.sync.log import SyncReport
from mobile.sync.photos import PhotoSender
from shared.checkin.evidence import Fix
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.fakes.network import Network
from tests.fakes.phone import IdleRunner, MemorySecrets

SERVER = "http://tapak.test"


class HonestClock:
    """The machine's clocks; the wall clock can be set wrong, and the phone be started anew."""

    def __init__(self) -> None:
        self.off = dt.timedelta()
        self.boot_id = "boot-1"
        self.time_zone = "Asia/Jakarta"
        self._booted_at = time.monotonic() - 1_000

    def now(self) -> dt.datetime:
        return utc_now() + self.off

    def elapsed_ms(self) -> int:
        return round((time.monotonic() - self._booted_at) * 1000)

    def sleep(self, step: dt.timedelta) -> None:
        """Go on counting while nobody looks; the wall clock is the machine's, or a test's."""
        self._booted_at -= step.total_seconds()

    def reboot(self) -> None:
        self.boot_id = f"boot-{time.monotonic_ns()}"
        self._booted_at = time.monotonic()


class Handset:
    """A phone in somebody's hand."""

    def __init__(
        self, path: Path, network: Network, *, page_rows: int = 1000, batch: int = 50
    ) -> None:
        self.path = path
        self.network = network
        self.clock = HonestClock()
        self.secrets = MemorySecrets()
        self._page_rows = page_rows
        self._batch = batch
        self.camera = SimulatedCamera(rng=random.Random(new_id()))
        self.switch_on()

    def switch_on(self) -> None:
        """Start the app: everything it knows it reads from its file."""
        self.database = Database(self.path)
        self.api = ApiClient(secrets=self.secrets, pool=self.network)
        self.recorder = Recorder(database=self.database, clock=self.clock, secrets=self.secrets)
        self.enrolment = EnrolmentService(
            database=self.database,
            clock=self.clock,
            secrets=self.secrets,
            api=self.api,
            phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
        )
        self.day = DayService(recorder=self.recorder)
        self.visits = VisitService(recorder=self.recorder, app_version="0.1.0")
        self.customers = CustomerService(recorder=self.recorder)
        self.deals = DealService(recorder=self.recorder)
        self.tasks = TaskService(recorder=self.recorder)
        self.expenses = ExpenseService(recorder=self.recorder)
        self.tracks = TrackService(recorder=self.recorder)
        self.files = PhotoFiles(self.path.with_suffix(".photos"))
        self.photos = PhotoService(recorder=self.recorder, files=self.files, pictures=self.camera)
        self.form = FormService(recorder=self.recorder, photos=self.photos)
        self.receipts = ReceiptService(recorder=self.recorder, photos=self.photos)
        self.sender = PhotoSender(database=self.database, api=self.api, files=self.files)
        self.sync = SyncService(recorder=self.recorder, runner=IdleRunner())
        self.phone = Phone(
            database=self.database,
            api=self.api,
            read_clock=lambda: read_clock(self.clock),
            batch=BatchSize(self._batch),
            page_rows=self._page_rows,
            read_key=self.recorder.read_key,
        )

    def take_photo(self, visit_id: str) -> str:
        """Take another picture each time; return the photo's id."""
        raw = self.photos.raw_file()
        self.camera.take(raw)
        return self.photos.keep(visit_id, raw)

    def take_receipt(self, expense_id: str = "") -> None:
        """Photograph a receipt for an expense, or the one being written; another one each time."""
        raw = self.receipts.raw_file()
        self.camera.take(raw)
        self.receipts.keep(expense_id, raw)

    def tamper_with_check_ins(self) -> None:
        """Write into all check-ins that they were inside; their seals stay as they were."""
        with self.database.write() as connection:
            connection.execute(
                "UPDATE outbox SET line ="
                " CAST(replace(CAST(line AS TEXT), 'uncertain', 'inside') AS BLOB)"
                " WHERE entity = 'check_in'"
            )

    def switch_off(self) -> None:
        """Close the app's file."""
        self.database.close()

    def restart(self) -> None:
        """Kill the app and start it again: what was not committed is gone."""
        self.switch_off()
        self.switch_on()

    def enrol(self, code: str) -> None:
        """Enrol and sync for the first time."""
        self.enrolment.enrol(server_url=SERVER, code=code)
        self.synchronize()

    def synchronize(self) -> SyncReport:
        """Run the engine once."""
        return synchronize(self.phone)

    def fix(self, place: tuple[float, float], *, accuracy_m: float = 9.0) -> Fix:
        """Return a fresh fix at a place."""
        return Fix(
            latitude=place[0],
            longitude=place[1],
            accuracy_m=accuracy_m,
            fix_at=self.clock.now(),
            provider="fused",
        )
