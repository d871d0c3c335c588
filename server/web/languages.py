"""Which language a request is answered in, and the catalogues of the server."""

from pathlib import Path

from flask import Flask, request, session
from flask_babel import Babel, get_locale

from shared.i18n import DEFAULT_LANGUAGE, LANGUAGES, SHARED_LOCALE, best_language

SERVER_LOCALE = Path(__file__).resolve().parents[1] / "locale"
LANGUAGE_COOKIE = "language"
SESSION_LANGUAGE = "language"
"""Where sign-in puts the user's own setting, so that even a page without database knows it."""


def init_languages(app: Flask) -> None:
    """Set Flask-Babel up with the texts of the server and of `shared`."""
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        # The last one settles how plurals are formed, and may lack nothing of them.
        default_translation_directories=f"{SHARED_LOCALE};{SERVER_LOCALE}",
        locale_selector=select_language,
    )


def select_language() -> str:
    """Return the language chosen in this browser, else the user's, else what the browser asks."""
    for chosen in (request.cookies.get(LANGUAGE_COOKIE), session.get(SESSION_LANGUAGE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def current_language() -> str:
    """Return the language of this request: `en` or `id`."""
    return best_language(str(get_locale()))
