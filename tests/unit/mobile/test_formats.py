"""How a rep reads money, distances and times in either language."""

import datetime as dt
from collections.abc import Iterator

import pytest

from mobile.screens import formats
from mobile.widgets.emoji import without_emoji
from shared.i18n import set_language

JAKARTA = "Asia/Jakarta"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.mark.parametrize(
    ("amount_minor", "english", "indonesian"),
    [
        (0, "Rp 0", "Rp 0"),
        (95_000, "Rp 950", "Rp 950"),
        (62_000_000, "Rp 620k", "Rp 620 rb"),
        (125_000_000, "Rp 1.25m", "Rp 1,25 jt"),
        (1_000_000_000, "Rp 10m", "Rp 10 jt"),
        (125_000_000_000, "Rp 1.25bn", "Rp 1,25 M"),
        (350_000_000_000_000, "Rp 3.5tn", "Rp 3,5 T"),
    ],
)
def test_short_money_uses_the_words_of_the_language(
    amount_minor: int, english: str, indonesian: str
) -> None:
    assert formats.short_money(amount_minor, "IDR") == english
    set_language("id")
    assert formats.short_money(amount_minor, "IDR") == indonesian


def test_money_in_full_shows_cents_only_where_there_are_some() -> None:
    assert formats.money(1_234_500, "IDR") == "Rp 12,345"
    assert formats.money(1_234_550, "USD") == "USD 12,345.50"
    set_language("id")
    assert formats.money(1_234_550, "IDR") == "Rp 12.345,50"


@pytest.mark.parametrize(
    ("metres", "words"),
    [(0.4, "0 m"), (18.4, "18 m"), (949.0, "949 m"), (951.0, "1.0 km"), (104_000.0, "104 km")],
)
def test_distances_are_metres_below_a_kilometre(metres: float, words: str) -> None:
    assert formats.distance(metres) == words


def test_times_are_the_wall_clock_of_the_zone() -> None:
    at = dt.datetime(2026, 11, 23, 2, 41, tzinfo=dt.UTC)

    assert formats.clock_time(at, JAKARTA) == "09:41"
    assert formats.day_and_time(at, JAKARTA, dt.date(2026, 11, 23)) == "09:41"
    assert formats.day_and_time(at, JAKARTA, dt.date(2026, 11, 24)) == "23 November, 09:41"
    assert formats.day_and_time(at, JAKARTA, dt.date(2027, 1, 2)) == "23 November 2026, 09:41"
    set_language("id")
    assert formats.clock_time(at, JAKARTA) == "09.41"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (dt.timedelta(seconds=59), "less than a minute"),
        (dt.timedelta(minutes=1), "1 minute"),
        (dt.timedelta(hours=3, minutes=59), "3 hours"),
        (dt.timedelta(days=3), "3 days"),
        (dt.timedelta(seconds=-5), "less than a minute"),
    ],
)
def test_durations_are_told_in_their_largest_unit(passed: dt.timedelta, words: str) -> None:
    assert formats.how_long(passed) == words


def test_a_running_time_counts_on_after_an_hour() -> None:
    assert formats.running(dt.timedelta(hours=1, minutes=2, seconds=3)) == "1:02:03"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Toko Maju", "Toko Maju"),
        ("Kopi Élite – 50 % “murah”", "Kopi Élite – 50 % “murah”"),
        ("🏪 Toko Maju 🌟🌟", "◊ Toko Maju ◊"),
        ("👨‍👩‍👧‍👦 Keluarga", "◊ Keluarga"),  # one picture of seven characters
        ("👍🏽 ok ❤️", "◊ ok ◊"),
        ("🇮🇩", "◊"),
        ("1️⃣ + 2", "◊ + 2"),
        ("مرحبا", "مرحبا"),
        ("\U000f0004", "\U000f0004"),  # of the icons
        ("a\u200db\ufe0f", "ab"),
    ],
)
def test_emoji_are_shown_as_one_sign_for_the_fonts_have_none(text: str, shown: str) -> None:
    assert without_emoji(text) == shown
