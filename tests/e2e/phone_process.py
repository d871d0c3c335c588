"""A phone without a screen, as a process that can be killed: real storage, services and engine.

Run as `python -m tests.e2e.phone_process FOLDER`. Reads one command a line (JSON: `{"do": name,
...}`) and answers each with one line.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from mobile.device.clock import LinuxClock
from mobile.device.phone import PhoneDescription
from mobile.device.reading import read_clock
from mobile.device.secrets import FileSecrets
from mobile.device.simulated_camera import SimulatedCamera, write_png
from mobile.services.customers import CustomerService
from mobile.services.day import DayService
from mobile.services.enrolment import EnrolmentService
from mobile.services.photos import PhotoService
from mobile.services.recorder import Recorder
from mobile.services.views import OrderLine
from mobile.services.visits import VisitService
from mobile.storage import records
from mobile.storage.database import Database
from mobile.storage.photo_files import PhotoFiles
from mobile.sync.answers import SyncError
from mobile.sync.api_client import ApiClient
from mobile.sync.batch_size import BatchSize
from mobile.sync.engine import Phone, synchronize
from mobile.sync.photos import PhotoSender
from shared.checkin.evidence import Fix
from shared.sync.ids import new_id
from shared.vocabulary import NoSaleReason


class PhoneProcess:
    """One method for each command."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "phone.db")
        self._clock = LinuxClock()
        secrets = FileSecrets(folder / "secrets.json")
        api = ApiClient(secrets=secrets)
        recorder = Recorder(database=self._database, clock=self._clock, secrets=secrets)
        self._enrolment = EnrolmentService(
            database=self._database,
            clock=self._clock,
            secrets=secrets,
            api=api,
            phone=PhoneDescription(model="Phone", system="Linux", app_version="0.1.0"),
        )
        self._days = DayService(recorder=recorder)
        self._customers = CustomerService(recorder=recorder)
        self._visits = VisitService(recorder=recorder, app_version="0.1.0")
        files = PhotoFiles(folder / "photos")
        self._camera = SimulatedCamera(rng=random.Random(new_id()))
        self._photos = PhotoService(recorder=recorder, files=files, pictures=self._camera)
        self._sender = PhotoSender(database=self._database, api=api, files=files)
        self._phone = Phone(
            database=self._database,
            api=api,
            read_clock=lambda: read_clock(self._clock),
            batch=BatchSize(4),  # many small requests: more of them meet a fault
        )

    def enrol(self, server: str, code: str) -> str:
        return self._enrolment.enrol(server_url=server, code=code).rep_name

    def sync(self) -> str:
        try:
            synchronize(self._phone)
        except SyncError as error:
            return error.code
        return ""

    def waiting(self) -> list[int]:
        with self._database.read() as connection:
            counts = records.count(connection)
        return [counts.waiting, counts.needs_you]

    def customers(self, text: str) -> list[str]:
        return [customer.id for customer in self._customers.search(text)]

    def start_day(self) -> None:
        self._days.start_day()

    def end_day(self) -> None:
        self._days.end_day()

    def check_in(self, customer: str, latitude: float, longitude: float) -> str:
        fix = Fix(latitude=latitude, longitude=longitude, accuracy_m=9.0, fix_at=self._clock.now())
        return self._visits.check_in(customer_id=customer, fix=fix, was_offline=True).verdict

    def order(self, product: str, quantity: int, price_minor: int) -> int:
        line = OrderLine(
            product_id=product, product_name="", quantity=quantity, price_minor=price_minor
        )
        return self._visits.take_order(self._open(), [line]).amount_minor

    def no_sale(self, reason: str) -> None:
        self._visits.set_no_sale_reason(self._open(), NoSaleReason(reason))

    def notes(self, text: str) -> None:
        self._visits.write_notes(self._open(), text)

    def check_out(self) -> None:
        self._visits.check_out(self._open(), fix=None, was_offline=True)

    def cancel(self) -> None:
        self._visits.cancel(self._open(), "Wrong outlet")

    def open_visit(self) -> str | None:
        visit = self._visits.open_visit()
        return visit.customer.id if visit else None

    def photo(self, noise_px: int = 0) -> str:
        """Take a picture of the open visit; or one of noise, so wide, which nothing makes short."""
        raw = self._photos.raw_file()
        if noise_px:
            raw.write_bytes(write_png([random.randbytes(3 * noise_px) for _ in range(noise_px)]))
        else:
            self._camera.take(raw)
        return self._photos.keep(self._open(), raw)

    def send_photos(self) -> str:
        try:
            self._sender.send()
        except SyncError as error:
            return error.code
        return ""

    def add_prospect(self, name: str) -> str:
        return self._customers.create_prospect(name=name)

    def _open(self) -> str:
        visit = self._visits.open_visit()
        assert visit is not None
        return visit.id


def main() -> None:
    """Answer commands until the input ends."""
    phone = PhoneProcess(Path(sys.argv[1]))
    for line in sys.stdin:
        command: dict[str, Any] = json.loads(line)
        answer = getattr(phone, command.pop("do"))(**command)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
