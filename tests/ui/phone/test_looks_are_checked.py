"""The checks of every look do find what they look for."""

from mobile.settings import Look
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.looks import english_texts, overflowing_texts, small_targets
from tests.ui.phone.phone import Phone


def test_a_target_below_48_dp_is_found(phone: Phone) -> None:
    phone.find("Sync", "TabItem").parent.height = 30
    phone.frames(3)

    assert any("TabItem" in fault for fault in small_targets(phone))


def test_a_text_larger_than_its_place_is_found(phone: Phone) -> None:
    title = phone.find("Route", "TextLine")
    title.shorten = False
    title.text_size = (None, None)
    title.text = "Route " * 40
    phone.frames(3)

    assert any("Route Route" in fault for fault in overflowing_texts(phone))


def test_an_english_text_on_an_indonesian_screen_is_found(start: StartPhone) -> None:
    phone = start(look=Look(language="id"))
    phone.find("Rute", "TextLine").text = "Route"

    assert english_texts(phone) == ["Route"]
