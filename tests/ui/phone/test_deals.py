"""A deal by touch: made with products, killed on the way, moved, lost, taken back."""

from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone
from tests.ui.phone.territory import OUTLETS

SHOP = OUTLETS[1][0]


def open_deals(phone: Phone) -> None:
    phone.tap(phone.find("More", "TabItem"))
    phone.tap(phone.find_row("Deals", "Row"))
    phone.frames(3)


def pick(phone: Phone, name: str) -> None:
    phone.wait(lambda: any(row.title == name for row in phone.screen.state.rows))
    phone.frames(3)
    phone.tap(phone.find_row(name, "CompactRow"))


def test_a_deal_with_products_survives_a_kill_and_is_lost_and_taken_back(
    start: StartPhone,
) -> None:
    phone = start()
    open_deals(phone)
    assert phone.shows("No deals yet")
    phone.tap("New deal")
    phone.tap("Save")
    assert phone.shows("Choose a customer first.")
    phone.tap(phone.find_row("Customer", "Row"))
    pick(phone, SHOP)
    phone.tap("Add a product")
    pick(phone, "Teh Celup 25")
    phone.screen.view_model.type(quantity="1000001")
    phone.tap("Done")
    assert phone.shows("Write a whole number from 1 to 1,000,000.")
    phone.screen.view_model.type(quantity="40")
    phone.tap("Done")
    assert phone.shows("40 × Rp 6,900")

    phone = start()
    open_deals(phone)
    phone.tap("New deal")
    assert phone.shows(SHOP)
    phone.tap("Save")
    phone.wait(lambda: phone.shows("Lead (1)"))
    phone.tap(phone.find_row(SHOP, "Row"))
    phone.sheet()
    phone.tap(phone.find_row("Lost", "Row"))
    phone.sheet()
    phone.tap(phone.find_row("Price too high", "Row"))
    phone.wait(lambda: phone.shows("Lost (1)"))
    phone.tap("Undo")

    phone.wait(lambda: phone.shows("Lead (1)"))
    assert not phone.shows("Lost (1)")
