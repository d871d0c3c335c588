"""Addresses that call, write and find the way, from numbers as people write them."""

import pytest

from mobile.device.links import BrowserLinks, call_address, map_address, whatsapp_address
from shared.geo import Position


@pytest.mark.parametrize(
    ("phone", "call", "chat"),
    [
        ("0812-9000-0001", "tel:081290000001", "https://wa.me/6281290000001"),
        ("+62 812 9000 0001", "tel:+6281290000001", "https://wa.me/6281290000001"),
        ("62812 9000 0001", "tel:6281290000001", "https://wa.me/6281290000001"),
        ("+44 20 7946 0000", "tel:+442079460000", "https://wa.me/442079460000"),
        ("ask Bu Siti", "", ""),
        ("", "", ""),
    ],
)
def test_a_number_is_called_and_written_to(phone: str, call: str, chat: str) -> None:
    assert call_address(phone) == call
    assert whatsapp_address(phone, "IDR") == chat


def test_a_number_without_its_country_is_not_guessed_elsewhere() -> None:
    assert whatsapp_address("0812 9000", "EUR") == ""
    assert whatsapp_address("+49 171 123", "EUR") == "https://wa.me/49171123"


def test_a_place_opens_in_the_maps_app_and_on_a_desktop_in_the_browser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: bool(opened.append(address)) or True)  # type: ignore[func-returns-value]
    address = map_address(Position(-6.2383, 106.9926), "Toko Makmur & Co (1)")

    assert address == (
        "geo:-6.238300,106.992600?q=-6.238300,106.992600(Toko%20Makmur%20%26%20Co%20%281%29)"
    )
    assert BrowserLinks().open(address)
    assert opened == [
        "https://www.openstreetmap.org/?mlat=-6.238300&mlon=106.992600#map=18/-6.238300/106.992600"
    ]
