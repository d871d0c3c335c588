"""A metric's value as people read it: short on a tile, with all its digits on demand.

Money is in major units here, as `shared.metrics` calculates it.
"""

from decimal import Decimal
from functools import lru_cache

from flask_babel import gettext

from server.web import formats
from shared.i18n import N_
from shared.metrics.definition import Metric
from shared.metrics.formula import Measure, Unit
from shared.money import currency_exponent

UNIT_NAMES = {
    Unit.PERCENT: N_("Share, shown in percent"),
    Unit.COUNT: N_("Number"),
    Unit.MONEY: N_("Money"),
    Unit.DAYS: N_("Days"),
    Unit.HOURS: N_("Hours"),
    Unit.MINUTES: N_("Minutes"),
    Unit.KILOMETRES: N_("Kilometres"),
}
"""The units that a person chooses from."""

_MOST_KEPT = 8192
_SECONDS = {Unit.SECONDS: 1, Unit.MINUTES: 60, Unit.HOURS: 3600}


@lru_cache(maxsize=_MOST_KEPT)
def short(value: Decimal | None, unit: Unit, currency: str, *, language: str) -> str:
    """Return the value in a few characters; days without their word, which `unit_word` gives."""
    if value is None:
        return formats.NOTHING
    text = _in_words(value, unit, language)
    match unit:
        case Unit.PERCENT:
            text = formats.percent(value, language=language)
        case Unit.MONEY:
            text = formats.short_money(_minor(value, currency), currency, language=language)
        case Unit.DAYS | Unit.KILOMETRES | Unit.METRES:
            text = formats.number(value, 1, language=language)
        case Unit.COUNT if abs(value) >= 10_000:
            text = formats.short_number(value, language=language)
        case Unit.COUNT:
            whole = value == value.to_integral_value()
            text = formats.number(value, 0 if whole else 1, language=language)
    return text


def short_of(metric: Metric, value: Decimal | None, currency: str, *, language: str) -> str:
    """Return a metric's value in a few characters; an average of counts always with a decimal."""
    is_average = metric.unit is Unit.COUNT and not isinstance(metric.formula, Measure)
    if is_average and value is not None and abs(value) < 10_000:
        return formats.number(value, 1, language=language)
    return short(value, metric.unit, currency, language=language)


def full(value: Decimal | None, unit: Unit, currency: str, *, language: str) -> str:
    """Return the value with up to six decimals."""
    if value is None:
        return formats.NOTHING
    text = _in_words(value, unit, language)
    match unit:
        case Unit.PERCENT:
            text = formats.percent(value, 4, language=language)
        case Unit.MONEY:
            text = formats.money(_minor(value, currency), currency, language=language)
        case Unit.COUNT | Unit.DAYS | Unit.KILOMETRES | Unit.METRES:
            text = formats.number(value, _decimals(value), language=language)
    return f"{text} {word}" if (word := unit_word(unit)) else text


def unit_word(unit: Unit) -> str:
    """Return the word that stands behind the number, where it has none of its own."""
    words = {Unit.DAYS: gettext("days"), Unit.KILOMETRES: "km", Unit.METRES: "m"}
    return words.get(unit, "")


def _minor(value: Decimal, currency: str) -> Decimal:
    return value.scaleb(currency_exponent(currency))


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return min(6, max(0, -exponent)) if isinstance(exponent, int) else 0


def _in_words(value: Decimal, unit: Unit, language: str) -> str:
    """Return a length of time or a time of day; nothing for other units."""
    if unit in _SECONDS:
        return formats.duration(value * _SECONDS[unit], language=language)
    if unit is Unit.CLOCK:
        hours, minutes = divmod(int(value) // 60, 60)
        return f"{hours:02d}{'.' if language == 'id' else ':'}{minutes:02d}"
    return ""
