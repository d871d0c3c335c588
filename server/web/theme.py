"""The style sheet of colours, sizes and spaces, made from `shared.look` for light and dark."""

from functools import cache

from shared.look import DARK, FONT_SIZES, LIGHT, RADIUS_BUTTON, RADIUS_CARD, SPACES, Look, colours


@cache
def theme_css() -> str:
    """Return CSS variables such as `--primary-soft`, `--series-1`, `--size-14`, `--space-8`.

    The system's preference decides between light and dark, unless `data-theme` on the root does.
    """
    fixed = {
        **{f"size-{size}": f"{size / 16:g}rem" for size in FONT_SIZES},
        **{f"space-{space}": f"{space}px" for space in SPACES},
        "radius": f"{RADIUS_CARD}px",
        "radius-button": f"{RADIUS_BUTTON}px",
    }
    light, dark = _variables(LIGHT), _variables(DARK)
    return "\n".join(
        (
            _block(":root", fixed | light, scheme="light"),
            "@media screen and (prefers-color-scheme: dark) {",
            _block(':root:not([data-theme="light"])', dark, scheme="dark"),
            "}",
            "@media screen {",
            _block(':root[data-theme="dark"]', dark, scheme="dark"),
            "}",
            "",
        )
    )


def _variables(look: Look) -> dict[str, str]:
    named = {token.replace("_", "-"): colour for token, colour in colours(look).items()}
    numbered = {f"series-{number}": colour for number, colour in enumerate(look.series, start=1)}
    return named | numbered


def _block(selector: str, variables: dict[str, str], *, scheme: str) -> str:
    lines = "".join(f"  --{name}: {value};\n" for name, value in variables.items())
    return f"{selector} {{\n  color-scheme: {scheme};\n{lines}}}"
