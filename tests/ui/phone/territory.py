"""A rep's territory in Bekasi on one phone, put in through storage as a sync would."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from mobile.services.recorder import Recorder
from shared.geo import Position
from shared.sync.ids import new_id
from shared.time import business_day
from tests.fakes.phone import (
    FakeClock,
    a_customer,
    a_field,
    a_question,
    make_recorder,
    office_numbers,
    pull,
)

OUTLETS = (
    ("Toko Makmur Jaya", "A", "Jl. Ahmad Yani No. 12", -6.2383, 106.9926),
    ("Warung Bu Siti", "B", "Jl. Cut Meutia No. 142", -6.2431, 106.9951),
    ("Toko Sumber Rejeki", "A", "Jl. Ir. H. Juanda No. 87", -6.2462, 107.0012),
    ("Kios Pak Haji", "C", "Jl. Raya Narogong No. 31", -6.2518, 106.9987),
    ("Minimarket Berkah Abadi Sentosa", "A", "Jl. KH Noer Ali No. 5", -6.2557, 106.9913),
    ("Grosir Bekasi Timur", "A", "Jl. Chairil Anwar No. 60", -6.2496, 106.9862),
    ("Toko Harapan Baru", "B", "Jl. Pejuang No. 19", -6.2409, 106.9838),
    ("Warung Mbak Yuni", "C", "Jl. Agus Salim No. 7", -6.2362, 106.9869),
)
PRODUCTS = (
    ("Biskuit Kelapa 300 g", 1_190_000),
    ("Gula Pasir 1 kg", 1_725_000),
    ("Kecap Manis 520 ml", 2_250_000),
    ("Kopi Tubruk 165 g", 1_850_000),
    ("Mi Goreng Spesial isi 40", 10_800_000),
    ("Minyak Goreng 2 L", 3_690_000),
    ("Susu Kental Manis 370 g", 1_290_000),
    ("Teh Celup 25", 690_000),
)
STAGES = (
    ("lead", "lead"),
    ("opportunity", "open"),
    ("proposal", "open"),
    ("negotiation", "open"),
    ("won", "won"),
    ("lost", "lost"),
    ("disqualified", "disqualified"),
)
QUESTIONS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("yes_no", "Produk kita ada di rak?", {}),
    ("number", "Berapa muka rak?", {"is_whole": True, "low": 0, "high": 50}),
    ("choice", "Kondisi rak?", {"options": [["good", "Rapi"], ["bad", "Berantakan"]]}),
    ("several", "Pesaing di sini?", {"options": [["x", "Merek X"], ["y", "Merek Y"]]}),
    ("text", "Apa kata pemilik toko tentang harga dan pengiriman minggu ini?", {}),
    ("photo", "Foto rak setelah ditata", {}),
)
TERMS = [["cash", "Cash", "Tunai", False], ["month", "30 days", "30 hari", False]]
FIELDS = (
    a_field("whole", "Shop size", "Luas toko", position=1, hint="In m²", hint_id="Dalam m²"),
    a_field("yes_no", "Refrigerator", "Kulkas", position=2),
    a_field("choice", "Terms", "Termin", position=3, by_reps=False, choices=TERMS),
)
UNPLANNED = "Toko Cahaya Baru"


@dataclass(frozen=True, kw_only=True)
class Territory:
    """What is on the phone, by name."""

    customer_ids: dict[str, str]

    def place(self, name: str) -> Position:
        """Return where an outlet is."""
        return next(Position(lat, lng) for known, *_, lat, lng in OUTLETS if known == name)


def fill(folder: Path, clock: FakeClock) -> tuple[Recorder, Territory]:
    """Make an enrolled phone in a folder, with stops at all outlets today and one outlet more."""
    folder.mkdir(parents=True, exist_ok=True)
    recorder = make_recorder(folder / "phone.db", clock)
    day: dt.date = business_day(clock.now(), clock.time_zone)
    ids, rows = {}, []
    everybody = (*OUTLETS, (UNPLANNED, "B", "Jl. Mayor Oking No. 3", -6.2333, 106.9991))
    for number, (name, letter, address, latitude, longitude) in enumerate(everybody, start=1):
        ids[name] = new_id()
        customer = {
            **a_customer(name, latitude=latitude, longitude=longitude),
            "code": f"BKS-{number:04}",
            "customer_class": letter,
            "address": address,
            "phone": f"0812-9000-{number:04}",
            "city": "Bekasi",
            "custom.terms": "month",
        }
        rows.append(("customer", ids[name], 1, customer))
        if name != UNPLANNED:
            stop = {"customer_id": ids[name], "day": day.isoformat(), "sequence": number}
            rows.append(("stop", new_id(), 1, {**stop, "state": "planned"}))
    for position, (key, kind) in enumerate(STAGES, start=1):
        stage = {"name": key.title(), "kind": kind, "position": position}
        rows.append(("stage", key, 1, stage))
    rows.append(("lost_reason", "price", 1, {"name": "Price too high", "position": 1}))
    for position, (kind, text, more) in enumerate(QUESTIONS, start=1):
        question = a_question(kind, text, position=position, **more)
        rows.append(("form_question", new_id(), 1, question))
    rows += [("custom_field", new_id(), 1, field) for field in FIELDS]
    for number, (name, price) in enumerate(PRODUCTS, start=1):
        product = {"sku": f"P-{number:03}", "name": name, "category": "", "unit": "pcs"}
        rows.append(("product", new_id(), 1, {**product, "price_minor": price}))
    target = {"metric_key": "revenue", "month": day.replace(day=1).isoformat()}
    rows.append(("target", new_id(), 1, {**target, "amount": 150_000_000_00}))
    figures = office_numbers(
        day.replace(day=1), as_of=clock.now(), calls="3", revenue="1250000", pjp_rate="0"
    )
    rows.append(("own_figure", new_id(), 1, figures))
    pull(recorder, *rows)
    return recorder, Territory(customer_ids=ids)
