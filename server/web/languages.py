"""Which language a request is answered in, and the catalogues of the server."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations
from flask import Flask, g, request, session
from flask_babel import Babel, Domain, get_locale, get_translations
from markupsafe import Markup

from shared.i18n import DEFAULT_LANGUAGE, LANGUAGES, SHARED_LOCALE, best_language

SERVER_LOCALE = Path(__file__).resolve().parents[1] / "locale"
LANGUAGE_COOKIE = "language"
SESSION_LANGUAGE = "language"
"""Where sign-in puts the user's own setting, so that even a page without database knows it."""

_MOST_TEXTS = 8192


class _Texts(Domain):
    """The catalogues, found with fewer questions: some hundred texts stand on a page."""

    def __init__(self) -> None:
        super().__init__()
        self._by_language: dict[str, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        language = _settled_language()
        if language is None:
            return super().get_translations()
        found = self._by_language.get(language)
        if found is None:
            found = self._by_language[language] = super().get_translations()
        return found


def init_languages(app: Flask) -> None:
    """Set Flask-Babel up with the texts of the server and of `shared`."""
    babel = Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        # The last one settles how plurals are formed, and may lack nothing of them.
        default_translation_directories=f"{SHARED_LOCALE};{SERVER_LOCALE}",
        locale_selector=select_language,
    )
    babel.domain_instance = _Texts()
    app.jinja_env.globals.update(_=translated, gettext=translated)


def select_language() -> str:
    """Return the language chosen in this browser, else the user's, else what the browser asks."""
    for chosen in (request.cookies.get(LANGUAGE_COOKIE), session.get(SESSION_LANGUAGE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def current_language() -> str:
    """Return the language of this request: `en` or `id`."""
    return _settled_language() or best_language(str(get_locale()))


def translated(message: str, **values: Any) -> Markup:
    """Return a text of a template, as `gettext` of Jinja does, but each looked up once."""
    language = current_language()
    return _source(language, message) % values if values else _whole(language, message)


@lru_cache(maxsize=_MOST_TEXTS)
def _whole(language: str, message: str) -> Markup:
    # A text without values is a pattern as well: %% stands for %.
    return _source(language, message) % {}


@lru_cache(maxsize=_MOST_TEXTS)
def _source(_language: str, message: str) -> Markup:
    return Markup(get_translations().ugettext(message))  # noqa: S704 - our own texts


def _settled_language() -> str | None:
    """Return the language that Flask-Babel has already found for this request, or was told."""
    try:
        found = g._get_current_object()._flask_babel.babel_locale.language  # noqa: SLF001
    except (AttributeError, RuntimeError):
        return None
    return best_language(found)
