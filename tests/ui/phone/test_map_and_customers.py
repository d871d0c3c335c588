"""The map, a customer's ways to be reached, and customers noted on the spot."""

import sqlite3
import struct
import zlib
from pathlib import Path

import pytest
import requests

from mobile.settings import Look
from mobile.widgets.map import FileTiles, NoTiles, TilesError
from shared.sync import chain
from shared.sync.protocol import Change, Kind
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone
from tests.ui.phone.territory import OUTLETS

FIRST = OUTLETS[0][0]


class OtherApps:
    """Remembers what was opened."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.are_there = True

    def open(self, address: str) -> bool:
        self.opened.append(address)
        return self.are_there


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the map asked a server for a tile")

    monkeypatch.setattr(requests, "get", refuse)


def _png(red: int, green: int, blue: int) -> bytes:
    """Return a tile of one colour."""
    rows = b"".join(b"\0" + bytes((red, green, blue)) * 256 for _ in range(256))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_tiles(path: Path, *, zoom: int = 14, **metadata: str) -> None:
    """Write an MBTiles file around Bekasi in which every tile has one colour."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE metadata (name, value)")
    connection.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
    connection.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
    column, row = 13061, 7907  # of longitude 106.99, latitude -6.24, counted from the south
    connection.executemany(
        "INSERT INTO tiles VALUES (?, ?, ?, ?)",
        [
            (zoom, column + x, row + y, _png(200, 30, 60))
            for x in range(-6, 7)
            for y in range(-6, 7)
        ],
    )
    connection.commit()
    connection.close()


def _show_map(phone: Phone) -> None:
    phone.app.show("map")
    phone.wait(lambda: len(phone.app.container.view_models.map.state.pins) > 1)
    phone.frames(5)


def test_tiles_come_from_the_file_on_the_phone(start: StartPhone, tmp_path: Path) -> None:
    write_tiles(
        tmp_path / "phone" / "map.mbtiles",
        format="png",
        bounds="106.8,-6.5,107.2,-6.0",
        attribution="made for this test",
    )
    phone = start()
    _show_map(phone)
    view = phone.screen._map

    assert isinstance(view.map_source, FileTiles)
    phone.wait(lambda: any(tile.state == "animated" and tile.texture for tile in view._tiles))
    phone.drag(200, 450, 120, 60)
    phone.frames(10)
    assert not phone.shows("No offline map")


def test_without_tiles_there_is_a_grid_and_a_word_on_where_to_put_them(phone: Phone) -> None:
    _show_map(phone)

    assert isinstance(phone.screen._map.map_source, NoTiles)
    assert phone.shows("No offline map on this phone.")


@pytest.mark.parametrize(
    "content", [b"", b"no database at all, but long enough to be read as one" * 40]
)
def test_a_file_that_holds_no_tiles_is_no_map(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "map.mbtiles"
    file.write_bytes(content)

    with pytest.raises(TilesError):
        FileTiles(file, cache_dir=str(tmp_path))


def test_the_map_goes_when_it_is_left_and_a_pin_leads_on(phone: Phone) -> None:
    other_apps = OtherApps()
    phone.app.container.view_models.map._links = other_apps
    _show_map(phone)
    model = phone.app.container.view_models.map
    assert phone.shows("stop today")
    assert len(model.state.pins) <= 200
    model.choose(next(pin.key for pin in model.state.pins if pin.name == FIRST))
    phone.frames(3)
    phone.tap("Open in the maps app")
    assert other_apps.opened[0].startswith("geo:-6.238300,106.992600")

    phone.tap(phone.find_row(FIRST, "Row"))

    assert phone.screen.name == "customer"
    assert phone.app.root.ids.manager.get_screen("map")._map is None


def test_a_customer_is_called_written_to_and_found(phone: Phone) -> None:
    other_apps = OtherApps()
    phone.app.container.view_models.customer._links = other_apps
    phone.app.customer(phone.app.container.view_models.today.state.rows[0].key)
    phone.frames(3)
    phone.tap(phone.find_row("0812-9000-0001", "Row"))
    phone.tap(phone.find_row("Write on WhatsApp", "Row"))
    other_apps.are_there = False
    phone.tap(phone.find_row(OUTLETS[0][2], "Row"))

    assert other_apps.opened[:2] == ["tel:081290000001", "https://wa.me/6281290000001"]
    assert other_apps.opened[2].startswith("geo:-6.2383")
    assert phone.shows("This phone has no app for that.")


def test_a_rep_fills_in_custom_fields_and_reads_those_of_the_office(start: StartPhone) -> None:
    phone = start(look=Look(language="id"))
    phone.app.customer(phone.app.container.view_models.today.state.rows[0].key)
    phone.frames(3)
    own = phone.app.container.view_models.customer.state.own
    assert [(row.title, row.detail, row.can_open) for row in own] == [
        ("Luas toko", "Belum diisi", True),
        ("Kulkas", "Belum diisi", True),
        ("Termin", "30 hari", False),
    ]
    screen = phone.screen
    screen.fill_in("field.shop_size")
    phone.type(phone.sheet().ids.entry, "1,5")
    phone.sheet().choose("confirm")
    phone.sheet().ids.entry.text = "1250"
    phone.sheet().choose("confirm")
    screen.fill_in("field.refrigerator")
    phone.sheet().choose("no")
    phone.frames(3)

    own = phone.app.container.view_models.customer.state.own
    assert [row.detail for row in own] == ["1.250", "Tidak", "30 hari"]
    with phone.app.container._database.read() as connection:
        lines = connection.execute("SELECT line FROM outbox ORDER BY sequence").fetchall()
    data = [Change.from_body(chain.split(row["line"])[0]).data for row in lines]
    assert data == [{"custom.shop_size": 1250}, {"custom.refrigerator": False}]


def test_a_new_customer_is_saved_with_its_place_and_found(phone: Phone) -> None:
    phone.pass_time(3)
    phone.app.tab("customers")
    phone.frames(5)
    phone.tap("New customer")
    phone.tap("Save the customer")
    assert phone.shows("Write something here.")
    phone.type(phone.screen.ids.name, "Warung Segar")
    phone.screen.fill_in("field.shop_size")
    phone.type(phone.sheet().ids.entry, "1,5")
    phone.sheet().choose("confirm")
    assert phone.sheet().text == "Write a whole number."
    phone.sheet().ids.entry.text = "1250"
    phone.sheet().choose("confirm")
    # A kill here loses nothing: the draft is there again.
    phone.screen.save()
    phone.app.back()
    phone.app.prospect()
    phone.frames(3)
    assert phone.screen.ids.name.text == "Warung Segar"
    own = phone.app.container.view_models.prospect.state.own
    assert [(row.title, row.detail) for row in own] == [
        ("Shop size", "1,250"),
        ("Refrigerator", "Not filled in yet"),
    ]
    phone.tap("Save the customer")

    assert phone.screen.name == "customer"
    assert phone.shows("Warung Segar")
    with phone.app.container._database.read() as connection:
        kinds = [row["kind"] for row in connection.execute("SELECT kind FROM outbox")]
    assert kinds == [Kind.CREATE, Kind.COMMAND], "the customer and its place, as one"
    assert phone.app.container.view_models.prospect.state.saved_id
