"""
Texts in the user's language: markers for translatable source strings and their catalogues.

English is the source. Each package keeps its Indonesian in `locale/id/LC_MESSAGES/messages.po`
(compiled beside it). The server translates per request with Flask-Babel and only uses `N_` and
`Translator` from here; the phone serves one person, sets the language once and calls `_`.
"""

import gettext
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "id")
DEFAULT_LANGUAGE = "en"
SHARED_LOCALE = Path(__file__).parent / "locale"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name, which extractors look for
    """Mark a text for translation where it is defined, to be translated where it is shown."""
    return message


@lru_cache(maxsize=64)
def best_language(tag: str | None) -> str:
    """Return the language of ours for a tag such as `id-ID`, or English."""
    language = (tag or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


class Translator:
    """Translates source texts to one language, from the catalogues of one or more packages."""

    def __init__(self, language: str, folders: Sequence[Path] = ()) -> None:
        """Load the catalogue of `shared` and of each locale folder, the last one asked first."""
        self.language = best_language(language)
        self._catalogue = gettext.NullTranslations()
        for folder in (SHARED_LOCALE, *folders):
            catalogue = gettext.translation(
                "messages", folder, languages=[self.language], fallback=True
            )
            catalogue.add_fallback(self._catalogue)
            self._catalogue = catalogue

    def __call__(self, message: str, **values: object) -> str:
        """Return the text, with `%(name)s` filled from the values."""
        # gettext keeps the catalogue's header under the empty text.
        text = self._catalogue.gettext(message) if message else message
        return text % values if values else text

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the text for this count, with `%(count)s` and the values filled in."""
        return self._catalogue.ngettext(one, many, count) % {"count": count, **values}


@lru_cache(maxsize=16)
def translator(language: str, *folders: Path) -> Translator:
    """Return the translator of a language; loaded once."""
    return Translator(language, folders)


_current = Translator(DEFAULT_LANGUAGE)


def set_language(language: str, *folders: Path) -> None:
    """Choose the language of `_` for the whole process. For the phone, never for the server."""
    global _current  # noqa: PLW0603 - one phone, one person, one language
    _current = translator(language, *folders)


def current_language() -> str:
    """Return the language that `_` translates to."""
    return _current.language


def _(message: str, **values: object) -> str:
    """Translate to the language chosen with `set_language`."""
    return _current(message, **values)


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Translate a counted text to the language chosen with `set_language`."""
    return _current.plural(one, many, count, **values)
