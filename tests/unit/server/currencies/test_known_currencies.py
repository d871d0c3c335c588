"""The decimals of all money in use are those of ISO 4217, held against Babel's data."""

from babel.core import get_global
from babel.numbers import get_currency_precision

from server.currencies.operations.freezing import known_currencies
from shared.money import currency_exponent

SHOWN_WHOLE = frozenset(
    {
        *("AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA"),
        *("MMK", "RSD", "SOS", "SYP", "YER"),
    }
)
"""Babel (CLDR) cuts their decimals off where they are shown; ISO 4217 has two, of dinars three."""


def test_the_decimals_of_money_in_use_are_those_of_babels_data() -> None:
    in_use = {
        code
        for currencies in get_global("territory_currencies").values()
        for code, _, end, is_tender in currencies
        if is_tender and end is None
    }
    differing = {code for code in in_use if currency_exponent(code) != get_currency_precision(code)}
    assert differing == SHOWN_WHOLE


def test_money_is_known_and_what_is_none_is_not() -> None:
    assert {"IDR", "USD", "JPY", "KWD", "HRK"} <= known_currencies()
    assert not {"XXX", "XTS", "XAU", "XYZ", ""} & known_currencies()
