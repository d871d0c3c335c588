"""Puts many pictures onto few sheets, to be looked at together."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

_COLUMNS, _ROWS = 6, 2
_WIDTH, _HEIGHT = 400, 900
"""Pixels of a picture on its sheet; what is longer is cut off."""
_TITLE, _GAP = 18, 8


def make_sheets(pictures: Sequence[Path], folder: Path, name: str) -> list[Path]:
    """Write `sheet-<name>-<number>.png` into the folder, twelve pictures on each; return them."""
    each = _COLUMNS * _ROWS
    groups = [pictures[first : first + each] for first in range(0, len(pictures), each)]
    return [
        _sheet(group, folder / f"sheet-{name}-{number:02}.png")
        for number, group in enumerate(groups, 1)
    ]


def _sheet(pictures: Sequence[Path], path: Path) -> Path:
    rows = -(-len(pictures) // _COLUMNS)
    size = _COLUMNS * (_WIDTH + _GAP), rows * (_HEIGHT + _TITLE + _GAP)
    sheet = Image.new("RGB", size, "#777777")
    draw = ImageDraw.Draw(sheet)
    for number, picture in enumerate(pictures):
        x = number % _COLUMNS * (_WIDTH + _GAP)
        y = number // _COLUMNS * (_HEIGHT + _TITLE + _GAP)
        draw.text((x + 2, y + 3), picture.stem, fill="white")
        with Image.open(picture) as image:
            height = round(image.height * _WIDTH / image.width)
            small = image.convert("RGB").resize((_WIDTH, height))
        sheet.paste(small.crop((0, 0, _WIDTH, min(height, _HEIGHT))), (x, y + _TITLE))
    sheet.save(path)
    return path
