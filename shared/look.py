"""The look of phone and web: colours, type sizes and spaces. The only place a colour is written.

The web turns these into CSS variables (`server/web/theme.py`), the phone into its Kivy theme.
`tests/unit/shared/test_look.py` checks that every text and mark can be told from its ground.
"""

from dataclasses import dataclass, fields

SERIES_AT_ONCE = 6
"""A chart shows at most so many series; more cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One colour scheme; every field but `name` and `series` is a colour as `#RRGGBB`."""

    name: str
    bg: str
    """The page."""
    surface: str
    """Cards and sheets."""
    surface2: str
    """Header rows, bars, quiet buttons."""
    ink: str
    ink2: str
    """Secondary text."""
    line: str
    """Hairlines, which only decorate."""
    edge: str
    """The edge of an input or a button, which must be seen."""
    primary: str
    """The one action of a screen, links, selection."""
    on_primary: str
    primary_soft: str
    accent: str
    """Targets and pace."""
    accent_soft: str
    good: str
    good_soft: str
    bad: str
    bad_soft: str
    warn: str
    warn_soft: str
    unknown: str
    unknown_soft: str
    info: str
    info_soft: str
    series: tuple[str, ...]
    """Chart lines and bars, in order of use."""


LIGHT = Look(
    name="light",
    bg="#F7F9F8",
    surface="#FFFFFF",
    surface2="#E9EFED",
    ink="#17211F",
    ink2="#4A5754",
    line="#C3CECA",
    edge="#74827D",
    primary="#00695C",
    on_primary="#FFFFFF",
    primary_soft="#CDE9E3",
    accent="#9A5B00",
    accent_soft="#FFE7C2",
    good="#1B6E3C",
    good_soft="#D3F0DC",
    bad="#B3261E",
    bad_soft="#FBDEDB",
    warn="#7A5200",
    warn_soft="#FFE9BF",
    unknown="#56606B",
    unknown_soft="#E4E8EC",
    info="#1F5FA8",
    info_soft="#DCE9F8",
    series=(
        "#00796B",
        "#D97706",
        "#3B6FB6",
        "#A23B72",
        "#6B8E23",
        "#7A5195",
        "#B45F3C",
        "#4A5568",
    ),
)

DARK = Look(
    name="dark",
    bg="#0F1514",
    surface="#171F1D",
    surface2="#222C2A",
    ink="#E6EEEB",
    ink2="#A9B8B3",
    line="#3A4744",
    edge="#7E8F89",
    primary="#6FD8C5",
    on_primary="#00382F",
    primary_soft="#0E4A40",
    accent="#FFC266",
    accent_soft="#4A3000",
    good="#7FDB9C",
    good_soft="#0F3D22",
    bad="#FFB4AB",
    bad_soft="#5C1612",
    warn="#FFD08A",
    warn_soft="#4A3300",
    unknown="#B7C1CB",
    unknown_soft="#2B333B",
    info="#A6CBFF",
    info_soft="#12345C",
    series=(
        "#4DB6A6",
        "#F5A94A",
        "#82AEE8",
        "#D983B0",
        "#A9C46C",
        "#B79AD6",
        "#E09A80",
        "#A3AFBF",
    ),
)

FONT_SIZES = (12, 14, 16, 20, 28, 40)
"""The only sizes of type: pixels on the web, sp on the phone."""

SPACES = (4, 8, 12, 16, 24, 32)
"""The only gaps and paddings: pixels on the web, dp on the phone."""

RADIUS_CARD = 12
RADIUS_BUTTON = 24

TEXT_CONTRAST = 4.5
"""The least contrast of text and its ground (WCAG 2.2, 1.4.3)."""
MARK_CONTRAST = 3.0
"""The least contrast of a mark, line or edge that carries meaning (WCAG 2.2, 1.4.11)."""


def colours(look: Look) -> dict[str, str]:
    """Return the single colours of a look by their token, as in `{"primary_soft": "#CDE9E3"}`."""
    return {
        field.name: getattr(look, field.name)
        for field in fields(look)
        if field.name not in {"name", "series"}
    }


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
