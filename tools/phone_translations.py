"""Brings the phone's Indonesian catalogue up to date with the texts in its code and rules.

Run `python tools/phone_translations.py`, then fill in the empty `msgstr` of
`mobile/locale/id/LC_MESSAGES/messages.po`; a test fails while one is empty.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from tools.translations import summary

MOBILE = Path(__file__).resolve().parents[1] / "mobile"
INDONESIAN = MOBILE / "locale" / "id" / "LC_MESSAGES" / "messages.po"
HEADER = b"""# Indonesian texts of the phone.
msgid ""
msgstr ""
"Project-Id-Version: Tapak\\n"
"Language: id\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2)}
# Babel does not read Kivy's language. In a rule, the text is a literal: `app.tr('Check in')`.
_IN_RULE = re.compile(r"""app\.tr\(\s*(?P<quote>['"])(?P<text>.*?)(?P=quote)""")


def texts_of_phone() -> Catalog:
    """Return every text marked for translation in the phone's code and `.kv` files."""
    catalog = Catalog(project="Tapak")
    for file in sorted(MOBILE.rglob("*.py")):
        for _line, message, _comments, context in extract_from_file(
            "python", file, keywords=_KEYWORDS
        ):
            catalog.add(message, context=context)
    for file in sorted(MOBILE.rglob("*.kv")):
        for text in texts_in_rules(file.read_text()):
            catalog.add(text)
    return catalog


def texts_in_rules(rules: str) -> Iterator[str]:
    """Return the marked texts of a `.kv` file."""
    return (found["text"] for found in _IN_RULE.finditer(rules))


def read_indonesian() -> Catalog:
    """Return the catalogue as it is."""
    if not INDONESIAN.exists():
        return Catalog(locale="id", project="Tapak")
    with INDONESIAN.open("rb") as file:
        return read_po(file, locale="id")


def main() -> None:
    """Add new texts without a translation, and take out those no longer used."""
    catalog = read_indonesian()
    catalog.update(texts_of_phone(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    INDONESIAN.parent.mkdir(parents=True, exist_ok=True)
    with INDONESIAN.open("wb") as file:
        file.write(HEADER)
        write_po(file, catalog, width=100, sort_output=True, no_location=True, omit_header=True)
    print(f"phone: {summary(catalog)}")


if __name__ == "__main__":
    main()
