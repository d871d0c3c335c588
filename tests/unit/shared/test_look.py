"""Every text and mark of both looks can be told from the ground it stands on."""

import re

import pytest

from shared.look import DARK, LIGHT, MARK_CONTRAST, TEXT_CONTRAST, Look, colours, contrast

GROUNDS = ("bg", "surface", "surface2")
STATES = ("accent", "good", "bad", "warn", "unknown", "info")
TEXT_PAIRS = [
    *((text, ground) for text in ("ink", "ink2") for ground in GROUNDS),
    *((text, "surface") for text in ("primary", *STATES)),
    *((text, "bg") for text in ("primary", *STATES)),
    *((state, f"{state}_soft") for state in STATES),
    *(("ink", f"{state}_soft") for state in STATES),
    ("on_primary", "primary"),
    ("primary", "primary_soft"),
    ("ink", "primary_soft"),
]
MARK_PAIRS = [("edge", ground) for ground in GROUNDS]

BOTH = pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: str(look.name))


@BOTH
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(look: Look, text: str, ground: str) -> None:
    assert contrast(colours(look)[text], colours(look)[ground]) >= TEXT_CONTRAST


@BOTH
@pytest.mark.parametrize(("mark", "ground"), MARK_PAIRS)
def test_an_edge_can_be_seen_on_its_ground(look: Look, mark: str, ground: str) -> None:
    assert contrast(colours(look)[mark], colours(look)[ground]) >= MARK_CONTRAST


@BOTH
def test_every_chart_series_can_be_seen_on_a_card(look: Look) -> None:
    weakest = min(contrast(colour, look.surface) for colour in look.series)

    assert weakest >= MARK_CONTRAST


@BOTH
def test_every_colour_is_written_as_six_hex_digits(look: Look) -> None:
    written = [*colours(look).values(), *look.series]

    assert [colour for colour in written if not re.fullmatch("#[0-9A-F]{6}", colour)] == []


def test_both_looks_have_as_many_series() -> None:
    assert len(LIGHT.series) == len(DARK.series)


def test_contrast_of_black_and_white_is_twenty_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
