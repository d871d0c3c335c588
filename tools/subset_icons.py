"""Makes the phone's icon font hold exactly the icons of `mobile/widgets/icons.py`.

    npm pack @mdi/font@7.4.47 && tar xzf mdi-font-7.4.47.tgz
    uv run --no-project --with fonttools tools/subset_icons.py package name [name ...]

Names given are added to those in `icons.py`, which is written anew with their code points.
"""

import ast
import re
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WIDGETS = Path(__file__).parents[1] / "mobile" / "widgets"
ICONS = WIDGETS / "icons.py"


def main() -> None:
    """Write `icons.py` and the font beside it.

    :raises KeyError: if the icon set has no icon of a name
    """
    package, *added = sys.argv[1:]
    css = Path(package, "css", "materialdesignicons.css").read_text()
    known = dict(re.findall(r'\.mdi-([\w-]+)::before \{\s*content: "\\(\w+)"', css))
    head, table = ICONS.read_text().split("ICONS = ", 1)
    names = sorted({*ast.literal_eval(table), *added})
    lines = [f'    "{name}": "\\U{int(known[name], 16):08x}",\n' for name in names]
    ICONS.write_text(head + "ICONS = {\n" + "".join(lines) + "}\n")
    font = TTFont(Path(package, "fonts", "materialdesignicons-webfont.ttf"))
    subsetter = Subsetter(Options(name_IDs=["*"], notdef_outline=True))
    subsetter.populate(unicodes=[int(known[name], 16) for name in names])
    subsetter.subset(font)
    # The set's font says that every outline starts at 0, which is not so; saving would move them.
    for name in font.getGlyphOrder():
        outline = font["glyf"][name]
        outline.recalcBounds(font["glyf"])
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(outline, "xMin", 0))
    font.save(WIDGETS / "fonts" / "MaterialDesignIcons.ttf")


if __name__ == "__main__":
    main()
