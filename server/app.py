"""The application: knows every feature and joins them.

A new feature adds its `api` and `pages` to the two tuples below, and its listeners to
`_connect_events`.
"""

from functools import partial
from typing import Any

from flask import Flask, Response, g, jsonify
from flask_smorest import Api
from sqlalchemy import text

from server import authentication
from server.admin.pages import audit as admin_pages
from server.admin.pages import first_steps as first_steps_pages
from server.admin.pages import health as health_pages
from server.admin.pages import settings as settings_pages
from server.alerts import pages as alerts_pages
from server.calendar import api as calendar_api
from server.calendar import pages as calendar_pages
from server.conflicts import api as conflicts_api
from server.conflicts.operations import accept
from server.conflicts.pages import conflicts as conflicts_pages
from server.costs import api as costs_api
from server.costs import pages as costs_pages
from server.costs.operations import freeze_costs, use_of_costs
from server.currencies import api as currencies_api
from server.currencies.pages import conversions as conversions_pages
from server.currencies.pages import rates as currencies_pages
from server.customers import api as customers_api
from server.customers.operations import follow_rep
from server.customers.pages import customer as customer_pages
from server.customers.pages import customers as customers_pages
from server.customers.pages import proposals as proposals_pages
from server.deals import api as deals_api
from server.deals.operations.moves import hand_over_deals, move_open_deals
from server.deals.operations.rates import freeze_deals, use_of_deals
from server.deals.pages import deal as deal_pages
from server.deals.pages import form as deal_form_pages
from server.deals.pages import pipeline as pipeline_pages
from server.deals.pages import setup as pipeline_setup_pages
from server.definitions import api as definitions_api
from server.definitions import pages as definitions_pages
from server.definitions.queries import own_definitions
from server.expenses import api as expenses_api
from server.expenses import pages as expenses_pages
from server.expenses.operations import freeze_expenses, use_of_expenses
from server.fences import pages as fences_pages
from server.fences.operations import tell_policies
from server.fields import api as fields_api
from server.fields import pages as fields_pages
from server.figures.operations import mark_counted
from server.forms import api as forms_api
from server.forms import pages as forms_pages
from server.identity import api as identity_api
from server.identity import pages as identity_pages
from server.imports import api as imports_api
from server.imports import pages as imports_pages
from server.lifetime import api as lifetime_api
from server.lifetime import pages as lifetime_pages
from server.live import api as live_api
from server.live import pages as live_pages
from server.live.operations import day_news, note_position
from server.merges.pages import duplicates as merges_pages
from server.merges.pages import merged as merged_pages
from server.metrics.api import settings as metric_settings_api
from server.metrics.api import values as metrics_api
from server.metrics.operations.days import (
    mark_days_of_customers,
    mark_days_of_moved,
    mark_days_of_planned,
    mark_days_stale,
)
from server.metrics.operations.products import mark_days_of_products
from server.metrics.pages import coverage as coverage_pages
from server.metrics.pages import daily as daily_pages
from server.metrics.pages import dashboards as dashboard_pages
from server.metrics.pages import leaderboard as leaderboard_pages
from server.metrics.pages import overview as metrics_pages
from server.metrics.pages import preview as preview_pages
from server.metrics.pages import rows as number_pages
from server.metrics.pages import targets as target_pages
from server.metrics.pages import working_time as working_time_pages
from server.photos import api as photos_api
from server.photos import pages as photos_pages
from server.planning import api as planning_api
from server.planning.pages import rules as planning_rules_pages
from server.planning.pages import sheet as planning_sheet_pages
from server.planning.pages import week as planning_pages
from server.planning.queries import calls_asked
from server.platform.afterwards import Afterwards
from server.platform.application import Application
from server.platform.auth import init_auth
from server.platform.broadcast import init_broadcast, publish, somebody_listens
from server.platform.clock import business_today
from server.platform.database import database_config, db
from server.platform.events import (
    answer_accepted,
    classes_changed,
    customers_moved,
    day_changed,
    days_counted,
    position_seen,
    products_recounted,
    rates_asked,
    rates_changed,
    records_changed,
    rep_moved,
)
from server.platform.json import OrjsonProvider
from server.platform.queues import REFRESH_ROLLUPS, QueueNames, nudge
from server.platform.secrets import secret_key
from server.platform.settings import Settings
from server.platform.web_errors import PROBLEM_TYPE, Problem, init_web_errors
from server.products import api as products_api
from server.products import pages as product_pages
from server.quality import api as quality_api
from server.quality import pages as quality_pages
from server.rejudgements import api as rejudgements_api
from server.rejudgements import pages as rejudgements_pages
from server.saved import pages as saved_pages
from server.signals import api as signals_api
from server.signals import pages as signals_pages
from server.signals.operations import examine
from server.sync import api as sync_api
from server.sync import changes as sync_changes
from server.tasks import api as tasks_api
from server.tasks import pages as tasks_pages
from server.tasks.operations import hand_over_tasks
from server.teams import api as teams_api
from server.teams.pages import account as account_pages
from server.teams.pages import people as people_pages
from server.teams.pages import person as person_pages
from server.teams.pages import teams as team_pages
from server.territories import api as territories_api
from server.territories.pages import closing as closing_pages
from server.territories.pages import giving as territories_pages
from server.territories.pages import new as new_customer_pages
from server.tracking import pages as tracking_pages
from server.visits import api as visits_api
from server.visits.pages import visits as visits_pages
from server.visits.queries import calls_for_plan
from server.web import search as search_pages
from server.web.catalogue import OWN_METRICS
from server.web.site import SWAGGER_UI_PATH, init_web, register_pages

MAX_BODY_BYTES = 8 * 1024 * 1024

APIS = (
    identity_api,
    teams_api,
    customers_api,
    fields_api,
    products_api,
    planning_api,
    forms_api,
    visits_api,
    rejudgements_api,
    photos_api,
    deals_api,
    tasks_api,
    expenses_api,
    costs_api,
    live_api,
    signals_api,
    lifetime_api,
    metrics_api,
    metric_settings_api,
    definitions_api,
    calendar_api,
    currencies_api,
    quality_api,
    sync_api,
    conflicts_api,
    imports_api,
    territories_api,
)
PAGES = (
    saved_pages,
    search_pages,
    identity_pages,
    people_pages,
    person_pages,
    account_pages,
    team_pages,
    planning_pages,
    planning_rules_pages,
    planning_sheet_pages,
    fences_pages,
    forms_pages,
    fields_pages,
    visits_pages,
    photos_pages,
    customers_pages,
    product_pages,
    proposals_pages,
    merges_pages,
    territories_pages,
    merged_pages,
    customer_pages,
    new_customer_pages,
    closing_pages,
    rejudgements_pages,
    deal_pages,
    deal_form_pages,
    pipeline_pages,
    pipeline_setup_pages,
    tracking_pages,
    live_pages,
    tasks_pages,
    expenses_pages,
    costs_pages,
    signals_pages,
    conflicts_pages,
    lifetime_pages,
    metrics_pages,
    alerts_pages,
    daily_pages,
    quality_pages,
    number_pages,
    preview_pages,
    definitions_pages,
    coverage_pages,
    dashboard_pages,
    leaderboard_pages,
    target_pages,
    working_time_pages,
    calendar_pages,
    currencies_pages,
    conversions_pages,
    settings_pages,
    admin_pages,
    health_pages,
    first_steps_pages,
    imports_pages,
)


class _Api(Api):
    """flask-smorest without its own error shape: all errors go through web_errors."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        """Document errors as what they are; all other answers say their type themselves."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for these settings, by default those of the environment."""
    settings = settings or Settings.from_environment()
    settings.data.mkdir(parents=True, exist_ok=True)
    app = Application("server", static_folder=None)
    app.json = OrjsonProvider(app)
    app.extensions["settings"] = settings
    app.extensions[OWN_METRICS] = own_definitions
    app.config.update(_flask_config(settings))

    db.init_app(app)
    init_auth(app, authentication.session_access, authentication.device_access)
    init_web(app, map_tiles_url=settings.map_tiles_url)
    init_web_errors(app)
    init_broadcast(app, redis_url=settings.redis_url)
    _connect_events(app)
    _register_features(app)
    _register_health(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    return database_config(settings) | {
        "SECRET_KEY": secret_key(settings),
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "API_TITLE": "Tapak",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api",
        "OPENAPI_JSON_PATH": "openapi.json",
        "OPENAPI_SWAGGER_UI_PATH": "/docs",
        "OPENAPI_SWAGGER_UI_URL": SWAGGER_UI_PATH,
    }


def _connect_events(app: Flask) -> None:
    day_changed.connect(mark_days_stale)
    day_changed.connect(examine.mark_days)
    records_changed.connect(mark_days_of_customers)
    records_changed.connect(examine.mark_visits_of_moved_customer)
    day_changed.connect(_note_change)
    calls_asked.connect(calls_for_plan)
    position_seen.connect(note_position)
    rates_changed.connect(freeze_deals)
    rates_changed.connect(freeze_costs)
    rates_changed.connect(freeze_expenses)
    rates_asked.connect(use_of_deals)
    rates_asked.connect(use_of_costs)
    rates_asked.connect(use_of_expenses)
    classes_changed.connect(mark_days_of_planned)
    products_recounted.connect(mark_days_of_products)
    days_counted.connect(mark_counted)
    rep_moved.connect(mark_days_of_moved)
    rep_moved.connect(follow_rep)
    rep_moved.connect(move_open_deals)
    rep_moved.connect(tell_policies)
    customers_moved.connect(hand_over_deals)
    customers_moved.connect(hand_over_tasks)
    answer_accepted.connect(accept)
    if app.extensions["settings"].redis_url:
        app.after_request(partial(_spread_news, Afterwards(partial(_tell_news, app))))
    sync_changes.connect()


def _note_change(_sender: object, *, rep_id: str, **_: object) -> None:
    g.setdefault("changed_reps", set()).add(rep_id)


def _spread_news(news: Afterwards, response: Response) -> Response:
    """After the commit, so that worker and open pages see what the request changed."""
    reps = g.pop("changed_reps", None)
    if reps:
        news.note(reps)
    return response


def _tell_news(app: Flask, reps: set[str]) -> None:
    with app.app_context():
        nudge(REFRESH_ROLLUPS, queue=QueueNames.ROLLUPS)
        if somebody_listens():
            publish(*day_news(reps, day=business_today()))


def _register_features(app: Flask) -> None:
    api = _Api(app)
    for module in APIS:
        api.register_blueprint(module.blueprint)
    register_pages(app, *PAGES)


def _register_health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> Any:
        """Answer 200 when the database answers."""
        db.session.execute(text("SELECT 1"))
        return jsonify(status="ok")
