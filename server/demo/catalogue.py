"""What the demo company sells: drinks and snacks by the carton."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from server.demo.chance import Chance
from server.demo.rows import Rows
from server.products.models import Product
from shared.money import to_minor

# Category, short code for the SKU, margin in percent, products with their price per carton.
_CATALOGUE = (
    (
        *("Air mineral", "AIR", 14),
        [
            ("Tirta Nusa 240 ml gelas", 24_500),
            ("Tirta Nusa 330 ml", 42_000),
            ("Tirta Nusa 600 ml", 47_500),
            ("Tirta Nusa 1.500 ml", 55_000),
            ("Tirta Nusa galon 19 l", 19_000),
        ],
    ),
    (
        *("Teh siap minum", "TEH", 19),
        [
            ("Teh Kebun Melati 350 ml", 72_000),
            ("Teh Kebun Melati 250 ml kotak", 58_000),
            ("Teh Kebun Apel 350 ml", 75_000),
            ("Teh Kebun Tawar 500 ml", 79_000),
            ("Teh Kebun Susu 330 ml", 108_000),
        ],
    ),
    (
        *("Kopi", "KOP", 22),
        [
            ("Kopi Pagi hitam 10 x 12 sachet", 126_000),
            ("Kopi Pagi susu 10 x 12 sachet", 148_000),
            ("Kopi Pagi gula aren 220 ml", 134_000),
            ("Kopi Pagi latte 220 ml", 139_000),
            ("Kopi Pagi bubuk 165 g", 164_000),
        ],
    ),
    (
        *("Jus dan isotonik", "JUS", 21),
        [
            ("Segara isotonik 500 ml", 112_000),
            ("Segara isotonik 350 ml", 89_000),
            ("Buahku jambu 250 ml", 83_000),
            ("Buahku jeruk 250 ml", 83_000),
            ("Buahku mangga 1 l", 146_000),
        ],
    ),
    (
        *("Susu dan yoghurt", "SUS", 17),
        [
            ("Padang Rumput cokelat 115 ml", 96_000),
            ("Padang Rumput stroberi 115 ml", 96_000),
            ("Padang Rumput putih 1 l", 198_000),
            ("Yoghurt Asri stroberi 200 ml", 117_000),
            ("Susu kental Asri 370 g", 232_000),
        ],
    ),
    (
        *("Keripik dan makanan ringan", "KER", 25),
        [
            ("Keripik Cita singkong balado 20 x 60 g", 92_000),
            ("Keripik Cita pisang 20 x 60 g", 98_000),
            ("Keripik Cita kentang 20 x 55 g", 121_000),
            ("Kacang Cita atom 60 x 20 g", 54_000),
            ("Jagung Cita bakar 60 x 16 g", 51_000),
        ],
    ),
    (
        *("Biskuit dan wafer", "BIS", 20),
        [
            ("Biskuit Senja kelapa 12 x 300 g", 118_000),
            ("Wafer Lapis cokelat 60 x 22 g", 56_000),
            ("Wafer Lapis vanila 60 x 22 g", 56_000),
            ("Biskuit Lapis marie 24 x 115 g", 104_000),
            ("Krekers Lapis asin 20 x 135 g", 127_000),
        ],
    ),
    (
        *("Permen dan cokelat", "PER", 27),
        [
            ("Permen Segar mint 24 x 50", 143_000),
            ("Permen Segar jahe 24 x 50", 143_000),
            ("Permen susu Asri 24 x 40", 156_000),
            ("Cokelat Kanca batang 24 x 30 g", 187_000),
            ("Cokelat Kanca koin 30 x 20", 132_000),
        ],
    ),
)


USUAL_RATES = {"SGD": 12_050, "USD": 16_180}
"""Rupiah for one unit of the currencies the company sells in abroad."""
_TOO_HEAVY = "AIR"
"""Water is not worth its freight, so it has no price abroad."""
_STEP_MINOR = 5


@dataclass(frozen=True)
class Item:
    """A product on sale."""

    id: str
    sku: str
    name: str
    category: str
    price_minor: int
    prices: dict[str, int]
    """By other currency."""
    cost_minor: int


def list_items(*, seed: int, at: dt.datetime, currency: str, abroad: bool) -> list[Item]:
    """Return the catalogue; prices are Rupiah amounts taken as units of the currency.

    :param abroad: whether there are prices in other currencies as well
    """
    items = []
    for category, short, margin_percent, products in _CATALOGUE:
        for number, (name, price) in enumerate(products, start=1):
            sku = f"{short}-{number:03d}"
            items.append(
                Item(
                    id=Chance.of(seed, "product", sku).record_id(at),
                    sku=sku,
                    name=name,
                    category=category,
                    price_minor=to_minor(Decimal(price), currency),
                    prices=_prices(price) if abroad and short != _TOO_HEAVY else {},
                    cost_minor=to_minor(Decimal(price * (100 - margin_percent)) / 100, currency),
                )
            )
    return items


def _prices(rupiah: int) -> dict[str, int]:
    return {
        currency: _STEP_MINOR * max(1, round(rupiah * 100 / rate / _STEP_MINOR))
        for currency, rate in USUAL_RATES.items()
    }


def add_products(rows: Rows, items: list[Item], *, at: dt.datetime) -> None:
    """Add the catalogue."""
    for item in items:
        rows.add(
            Product,
            id=item.id,
            sku=item.sku,
            name=item.name,
            category=item.category,
            unit="karton",
            price_minor=item.price_minor,
            prices=item.prices,
            cost_minor=item.cost_minor,
            active=True,
            version=1,
            field_versions={},
            created_at=at,
            updated_at=at,
            deleted_at=None,
        )
