"""Brings the Indonesian catalogues of server and `shared` up to date with the texts in the code.

Run `python tools/translations.py`, then fill in the empty `msgstr` of
`{server,shared}/locale/id/LC_MESSAGES/messages.po`; a test fails while one is empty.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

SERVER = Path(__file__).resolve().parents[1] / "server"
SHARED = SERVER.parent / "shared"
# Fewer lines than Babel's own header, and none that changes with each run.
HEADER = b"""# Indonesian texts.
msgid ""
msgstr ""
"Project-Id-Version: Tapak\\n"
"Language: id\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def texts_of_server() -> Catalog:
    """Return every text marked for translation in the server's code and templates."""
    with (SERVER / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)  # type: ignore[no-untyped-call]
    catalog = Catalog(project="Tapak")
    for _file, _line, message, _comments, context in extract_from_dir(
        SERVER, methods, options, keywords=KEYWORDS
    ):
        catalog.add(message, context=context)
    return catalog


def texts_of_shared() -> Catalog:
    """Return every text marked for translation in what server and phone share."""
    catalog = Catalog(project="Tapak")
    for _file, _line, message, _comments, context in extract_from_dir(SHARED, keywords=KEYWORDS):
        catalog.add(message, context=context)
    return catalog


def read_indonesian(package: Path = SERVER) -> Catalog:
    """Return the catalogue of a package as it is."""
    if not _indonesian(package).exists():
        return Catalog(locale="id", project="Tapak")
    with _indonesian(package).open("rb") as file:
        return read_po(file, locale="id")


def write_indonesian(catalog: Catalog, package: Path = SERVER) -> None:
    """Replace the catalogue of a package."""
    with _indonesian(package).open("wb") as file:
        file.write(HEADER)
        write_po(file, catalog, width=100, sort_output=True, no_location=True, omit_header=True)


def _indonesian(package: Path) -> Path:
    return package / "locale" / "id" / "LC_MESSAGES" / "messages.po"


def main() -> None:
    """Add new texts without a translation, and take out those no longer used."""
    for package, texts in ((SERVER, texts_of_server()), (SHARED, texts_of_shared())):
        catalog = read_indonesian(package)
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        write_indonesian(catalog, package)
        print(f"{package.name}: {summary(catalog)}")


def summary(catalog: Catalog) -> str:
    """Return how many texts there are, and how many of them lack some of their Indonesian."""
    missing = 0
    for message in catalog:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        missing += bool(message.id) and not all(words)
    return f"{len(catalog)} texts, {missing} without Indonesian"


if __name__ == "__main__":
    main()
