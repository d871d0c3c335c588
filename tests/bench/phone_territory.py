"""Fills a phone's database with a large territory, by the way rows come in a sync."""

import datetime as dt
import random
from pathlib import Path

from mobile.device.clock import LinuxClock
from mobile.device.reading import read_clock
from mobile.device.secrets import FileSecrets
from mobile.device.tokens import MAC_KEY
from mobile.services.recorder import Recorder
from mobile.storage import device
from mobile.storage.database import Database
from shared.geo import Position
from shared.sync.ids import new_id
from shared.time import business_day
from tests.fakes.phone import KEY, pull

TIME_ZONE = "Asia/Jakarta"
HERE = Position(-6.2383, 106.9926)
_KINDS = ("Toko", "Warung", "Kios", "Minimarket", "Grosir", "UD", "Depot")
_NAMES = [
    "Makmur",
    "Jaya",
    "Sumber",
    "Rejeki",
    "Berkah",
    "Abadi",
    "Sentosa",
    "Siti",
    "Haji",
    "Yuni",
    "Baru",
    "Harapan",
    "Indah",
    "Lestari",
    "Mandiri",
    "Sejahtera",
    "Bersama",
    "Maju",
    "Putra",
    "Putri",
    "Barokah",
    "Amanah",
    "Rahmat",
    "Setia",
    "Murni",
]
_CITIES = ("Bekasi", "Depok", "Bogor", "Tangerang", "Jakarta Timur", "Jakarta Barat")
_AT_ONCE = 5_000
_STOPS = 14

Pulled = tuple[str, str, int, dict[str, object]]


def fill(folder: Path, *, customers: int, products: int, deals: int) -> None:
    """Make an enrolled phone in a folder; half of the deals are orders of visits this year."""
    folder.mkdir(parents=True)
    rng = random.Random(7)
    secrets, clock = FileSecrets(folder / "secrets.json"), LinuxClock()
    secrets.write(MAC_KEY, KEY.hex())
    recorder = Recorder(database=Database(folder / "phone.db"), clock=clock, secrets=secrets)
    with recorder.database.write() as connection:
        device.create(
            connection,
            device_id=new_id(),
            user_id=new_id(),
            rep_name="Sari Dewi",
            server_url="http://127.0.0.1:9",
            organisation={"currency": "IDR", "time_zone": TIME_ZONE, "geofence_radius_m": 100},
            epoch="e1",
        )
        anchor = f"{device.to_ms(clock.now())}.signature"
        device.keep_anchor(connection, anchor, clock=read_clock(clock))
    today = business_day(clock.now(), TIME_ZONE)
    outlets = [_customer(rng, number) for number in range(customers)]
    goods = [_product(rng, number) for number in range(products)]
    rows: list[Pulled] = [("stage", new_id(), 1, stage) for stage in _STAGES]
    won, lead = rows[0][1], rows[1][1]
    rows += outlets + goods
    for number, outlet in enumerate(outlets[:_STOPS], start=1):
        stop = {"customer_id": outlet[1], "day": today.isoformat(), "sequence": number}
        rows.append(("stop", new_id(), 1, {**stop, "state": "planned"}))
    for number in range(deals):
        is_order = number % 2 == 0
        customer_id, visit_id = rng.choice(outlets)[1], new_id() if is_order else None
        if visit_id:
            rows.append(("visit", visit_id, 1, _visit(rng, customer_id, today)))
        deal: dict[str, object] = {
            "customer_id": customer_id,
            "visit_id": visit_id,
            "title": "",
            "currency": "IDR",
            "stage_key": won if is_order else lead,
            "lines": [_line(rng, goods) for _ in range(rng.randint(1, 5))],
        }
        rows.append(("deal", new_id(), 1, deal))
    for first in range(0, len(rows), _AT_ONCE):
        pull(recorder, *rows[first : first + _AT_ONCE])
    recorder.database.close()


_STAGES: tuple[dict[str, object], ...] = (
    {"key": "won", "name": "Won", "kind": "won", "position": 5},
    {"key": "lead", "name": "Lead", "kind": "lead", "position": 1},
)


def _customer(rng: random.Random, number: int) -> Pulled:
    name = f"{rng.choice(_KINDS)} {rng.choice(_NAMES)} {rng.choice(_NAMES)}"
    row = {
        "code": f"C-{number:06}",
        "name": name,
        "customer_class": rng.choice("AABBCCCC"),
        "contact_name": f"Bu {rng.choice(_NAMES)}",
        "phone": f"08{rng.randint(10**9, 10**10)}",
        "address": f"Jl. {rng.choice(_NAMES)} Raya No. {rng.randint(1, 200)}",
        "city": rng.choice(_CITIES),
        "latitude": HERE.latitude + rng.gauss(0, 0.2),
        "longitude": HERE.longitude + rng.gauss(0, 0.2),
        "location_version": 1,
        "is_prospect": False,
    }
    return "customer", new_id(), 1, row


def _product(rng: random.Random, number: int) -> Pulled:
    row = {
        "sku": f"P-{number:05}",
        "name": f"{rng.choice(_NAMES)} {rng.choice(_NAMES)} {rng.randint(1, 99)}0 g",
        "category": rng.choice(_NAMES),
        "unit": "pcs",
        "price_minor": rng.randint(5, 900) * 100_00,
        "active": True,
    }
    return "product", new_id(), 1, row


def _visit(rng: random.Random, customer: str, today: dt.date) -> dict[str, object]:
    started = dt.datetime.combine(today, dt.time(3), dt.UTC)
    started -= dt.timedelta(days=rng.randint(1, 300), minutes=rng.randint(0, 400))
    return {
        "customer_id": customer,
        "day": started.date().isoformat(),
        "state": "completed",
        "started_at_ms": device.to_ms(started),
        "ended_at_ms": device.to_ms(started + dt.timedelta(minutes=15)),
        "verdict": "inside",
        "distance_m": 12.0,
        "notes": "",
    }


def _line(rng: random.Random, goods: list[Pulled]) -> dict[str, object]:
    product = rng.choice(goods)
    price = product[3]["price_minor"]
    return {"product_id": product[1], "quantity": rng.randint(1, 48), "unit_price_minor": price}
