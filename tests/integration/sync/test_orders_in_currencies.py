"""Orders of a visit in the customer's currency, from the price list to what they are worth."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from mobile.screens.order.view_model import OrderViewModel
from mobile.services.basket import BasketService
from mobile.services.products import ProductService
from mobile.services.settings import SettingsService
from mobile.services.views import Amount, OrderLine
from server.currencies.operations import rates
from server.currencies.operations.rates import RateEntry
from server.customers.operations import edit_customer
from server.deals.models import Deal
from server.platform.database import db
from server.platform.transaction import transaction
from server.products.operations import set_prices
from shared.time import business_day, utc_now
from tests.fakes.company import ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.older_app import go_back


@pytest.fixture(autouse=True)
def abroad(company: Company, phone: Handset) -> None:
    """Let the shop order in dollars, and soda, but not soap, have a price in them."""
    with company.app.app_context(), transaction():
        set_prices(
            product_id=company.soda,
            base=1,
            prices={"USD": 35},
            at=utc_now(),
            by=company.manager,
        )
        edit_customer(
            customer_id=company.maju,
            fields={"currency": "USD"},
            base=1,
            at=utc_now(),
            by=company.manager,
        )
    phone.synchronize()


def order_of(phone: Handset) -> OrderViewModel:
    order = OrderViewModel(
        products=ProductService(database=phone.database),
        baskets=BasketService(recorder=phone.recorder),
        visits=phone.visits,
        drafts=SettingsService(database=phone.database),
    )
    order.refresh()
    return order


def sold(company: Company) -> list[tuple[str, int, int, bool]]:
    """Return currency, amount, worth, and whether it waits, of all orders."""
    columns = Deal.currency, Deal.amount_minor, Deal.base_amount_minor, Deal.waits_for_rate
    with company.app.app_context():
        return [(*row,) for row in db.session.execute(select(*columns).order_by(Deal.id))]


def test_an_order_is_taken_in_the_customers_currency_and_converted_once(
    company: Company, phone: Handset
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    order = order_of(phone)
    assert order.state.customer == "USD · Toko Maju"
    assert [(row.name, row.detail) for row in order.state.rows] == [
        ("Soda", "USD 0.35"),
        ("Soap", "No price in USD"),
    ]
    order.step(company.soap, 1)
    assert "No price in USD" in order.enter(f"SOAP-{company.tag}")
    order.step(company.soda, 2)
    assert order.state.total == "USD 0.70"
    order.finish()

    assert phone.synchronize().needs_you == 0

    assert sold(company) == [("USD", 70, 0, True)]
    day = phone.day.today()
    assert (day.effective_calls, day.amount_minor, day.others) == (1, 0, (Amount(70, "USD"),))
    today = business_day(utc_now(), ZONE)
    with company.app.app_context(), transaction():
        rates.enter_rate(
            entry=RateEntry(currency="USD", day=today, rate=Decimal(16_000)),
            reporting_currency="IDR",
            at=utc_now(),
            today=today,
            by=company.manager,
        )
    phone.synchronize()
    assert sold(company) == [("USD", 70, 11_200_00, False)]
    day = phone.day.today()
    assert (day.amount_minor, day.others) == (11_200_00, ())
    assert [stop.amounts for stop in day.stops if stop.visit_id] == [(Amount(70, "USD"),)]
    # Changed, it keeps its currency and its rate, although the office changes both.
    order.refresh()
    order.step(company.soda, 1)
    order.finish()
    phone.synchronize()
    assert sold(company) == [("USD", 105, 16_800_00, False)]


def test_an_app_from_before_goes_on_and_knows_the_prices_once_it_is_new(
    company: Company, phone: Handset
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    line = OrderLine(product_id=company.soda, product_name="Soda", quantity=2, price_minor=5_000_00)
    # Exactly what such an app records: it has one price, and one currency.
    phone.visits.take_order(visit.id, [line], currency="IDR")
    phone.synchronize()
    assert sold(company) == [("IDR", 10_000_00, 10_000_00, False)]

    # It keeps what the server says of a row, though it has no columns for that.
    phone.switch_off()
    go_back(phone.path, 18)
    phone.switch_on()

    order = order_of(phone)
    assert order.state.total == "Rp 10,000", "an order stays in the currency it was begun in"
    assert (
        ProductService(database=phone.database).get(company.soda, currency="USD").price_minor == 35
    )
    assert phone.customers.get(company.maju).order_currency == "USD"
