"""Every page of the manager site, who may open it, and an address of it in a small demo company."""

from dataclasses import dataclass

from flask import Flask

ROLES = ("admin", "manager", "rep")
EVERYBODY = frozenset(ROLES)
MANAGERS = EVERYBODY - {"rep"}
ADMINISTRATORS = frozenset({"admin"})


@dataclass(frozen=True)
class Listed:
    """A page: its route, an address with `{name}`s of what the company has, whom it opens for."""

    rule: str
    path: str
    opens_for: frozenset[str]


PAGES = (
    Listed("/", "/?{days}&chart={definition}", EVERYBODY),
    Listed("/", "/?dashboard={dashboard}", EVERYBODY),
    Listed("/account", "/account", EVERYBODY),
    Listed("/activity", "/activity?heat=1&{days}", EVERYBODY),
    Listed("/alerts", "/alerts?state=all", MANAGERS),
    Listed("/alerts/rules", "/alerts/rules", MANAGERS),
    Listed("/audit", "/audit?period=all", ADMINISTRATORS),
    Listed("/conflicts", "/conflicts?state=all", EVERYBODY),
    Listed("/costs", "/costs?{days}", MANAGERS),
    Listed("/costs/<uuid:cost_id>", "/costs/{cost}", MANAGERS),
    Listed("/costs/new", "/costs/new", MANAGERS),
    Listed("/custom-fields", "/custom-fields", ADMINISTRATORS),
    Listed("/custom-fields/<uuid:field_id>", "/custom-fields/{field}", ADMINISTRATORS),
    Listed("/custom-fields/columns/<path:name>", "/custom-fields/columns/{column}", ADMINISTRATORS),
    Listed("/custom-fields/new", "/custom-fields/new", ADMINISTRATORS),
    Listed("/customers", "/customers", EVERYBODY),
    Listed("/customers/<uuid:customer_id>", "/customers/{customer}", EVERYBODY),
    Listed("/customers/<uuid:customer_id>/edit", "/customers/{customer}/edit", MANAGERS),
    Listed(
        "/customers/<uuid:customer_id>/merge", "/customers/{customer}/merge?with={twin}", MANAGERS
    ),
    Listed("/customers/<uuid:customer_id>/rejudge", "/customers/{customer}/rejudge", MANAGERS),
    Listed("/customers/duplicates", "/customers/duplicates?like=place", MANAGERS),
    Listed("/customers/map", "/customers/map?{days}", EVERYBODY),
    Listed("/customers/merges", "/customers/merges", MANAGERS),
    Listed("/customers/new", "/customers/new", MANAGERS),
    Listed("/customers/proposals", "/customers/proposals", MANAGERS),
    Listed("/dashboards/<uuid:view_id>", "/dashboards/{dashboard}", EVERYBODY),
    Listed("/dashboards/new", "/dashboards/new", EVERYBODY),
    Listed("/deals", "/deals", EVERYBODY),
    Listed("/deals/<uuid:deal_id>", "/deals/{deal}", EVERYBODY),
    Listed("/deals/<uuid:deal_id>/edit", "/deals/{open_deal}/edit", EVERYBODY),
    Listed("/deals/new", "/deals/new?customer={customer}", EVERYBODY),
    Listed("/definitions", "/definitions", ADMINISTRATORS),
    Listed("/definitions/<key>", "/definitions/{definition}", ADMINISTRATORS),
    Listed("/definitions/new", "/definitions/new", ADMINISTRATORS),
    Listed("/devices", "/devices", ADMINISTRATORS),
    Listed("/exchange-rates", "/exchange-rates", MANAGERS),
    Listed("/exchange-rates/<uuid:rate_id>", "/exchange-rates/{rate}", ADMINISTRATORS),
    Listed("/expenses", "/expenses?state=all", EVERYBODY),
    Listed("/fences", "/fences", ADMINISTRATORS),
    Listed("/fences/codes", "/fences/codes", MANAGERS),
    Listed("/first-steps", "/first-steps", ADMINISTRATORS),
    Listed("/health", "/health", ADMINISTRATORS),
    Listed("/holidays", "/holidays", EVERYBODY),
    Listed("/imports", "/imports", ADMINISTRATORS),
    Listed("/imports/<uuid:run_id>", "/imports/{run}", ADMINISTRATORS),
    Listed("/leaderboard", "/leaderboard?{days}", EVERYBODY),
    Listed("/lifetime", "/lifetime", EVERYBODY),
    Listed("/live", "/live", EVERYBODY),
    Listed("/numbers/<key>", "/numbers/strike_rate?{days}", EVERYBODY),
    Listed("/numbers/<key>", "/numbers/average_purchase_value_median?{days}", EVERYBODY),
    Listed("/pipeline", "/pipeline", EVERYBODY),
    Listed("/pipeline/setup", "/pipeline/setup", ADMINISTRATORS),
    Listed("/plans", "/plans?rep={rep}&week={monday}", EVERYBODY),
    Listed("/plans", "/plans?rep={rep}&propose=1", EVERYBODY),
    Listed("/plans/<uuid:rep_id>/<day>/sheet", "/plans/{rep}/{day}/sheet", EVERYBODY),
    Listed("/products", "/products", ADMINISTRATORS),
    Listed("/products/<uuid:product_id>", "/products/{product}", ADMINISTRATORS),
    Listed("/products/new", "/products/new", ADMINISTRATORS),
    Listed("/quality", "/quality?{days}", EVERYBODY),
    Listed(
        "/quality/<key>",
        "/quality/visits_without_outcome?{days}",
        EVERYBODY,
    ),
    Listed("/reports/daily", "/reports/daily?{days}", EVERYBODY),
    Listed("/search", "/search?q=toko", EVERYBODY),
    Listed("/settings", "/settings", ADMINISTRATORS),
    Listed("/signals", "/signals?state=all", EVERYBODY),
    Listed("/signals/<uuid:signal_id>", "/signals/{signal}", EVERYBODY),
    Listed("/targets", "/targets?month={month}", EVERYBODY),
    Listed("/tasks", "/tasks?state=all", EVERYBODY),
    Listed("/teams", "/teams", ADMINISTRATORS),
    Listed("/teams/<uuid:team_id>", "/teams/{team}", ADMINISTRATORS),
    Listed("/teams/new", "/teams/new", ADMINISTRATORS),
    Listed("/tracks/<uuid:rep_id>/<day>", "/tracks/{rep}/{day}", EVERYBODY),
    Listed("/users", "/users", ADMINISTRATORS),
    Listed("/users/<uuid:user_id>", "/users/{rep}", ADMINISTRATORS),
    Listed("/users/new", "/users/new", ADMINISTRATORS),
    Listed("/visit-form", "/visit-form", ADMINISTRATORS),
    Listed("/visit-form/<uuid:key>", "/visit-form/{question}", ADMINISTRATORS),
    Listed("/visit-form/new", "/visit-form/new", ADMINISTRATORS),
    Listed("/visits", "/visits?{days}", EVERYBODY),
    Listed("/visits/<uuid:visit_id>", "/visits/{visit}", EVERYBODY),
)
EXPORTS = (
    "/alerts.csv?state=all",
    "/audit.csv?period=all",
    "/conflicts.csv?state=all",
    "/costs.csv",
    "/customers.csv",
    "/customers/duplicates.csv?like=name",
    "/customers/merges.csv",
    "/customers/proposals.csv",
    "/deals.csv",
    "/devices.csv",
    "/exchange-rates.csv",
    "/expenses.csv?state=all",
    "/fences/codes.csv",
    "/imports/columns/customers.csv",
    "/imports/export/targets.csv",
    "/numbers/strike_rate.csv?{days}",
    "/leaderboard.csv?{days}",
    "/lifetime.csv",
    "/pipeline.csv",
    "/plans.csv?rep={rep}&week={monday}",
    "/products.csv",
    "/quality.csv?{days}",
    "/quality/visits_without_outcome.csv?{days}",
    "/reports/daily.csv?{days}",
    "/reps.csv?{days}",
    "/signals.csv?state=all",
    "/tasks.csv?state=all",
    "/teams.csv",
    "/users.csv",
    "/visits.csv?{days}",
)
"""Every list that leaves the site as a file; an administrator may have all of them."""
BEFORE_SIGN_IN = ("/sign-in", "/invitation/<token>")
# Files, and data for scripts and programs.
NO_PAGES = frozenset(
    {
        "/assets/<path:filename>",
        "/customers/map/points",
        "/deals/products",
        "/favicon.ico",
        "/favicon.svg",
        "/healthz",
        "/live/stream",
        "/number-preview",
        "/photos/<uuid:photo_id>",
        "/photos/<uuid:photo_id>/thumbnail",
        "/tasks/customers",
        "/theme.css",
    }
)
_EXPORTS = ".<any(csv, xlsx):kind>"


def routes_of_pages(app: Flask) -> set[str]:
    """Return the routes of all that a person opens in a browser."""
    return {route for route in _routes(app) if not route.endswith(_EXPORTS)}


def routes_of_exports(app: Flask) -> set[str]:
    """Return the routes of lists that leave as files."""
    return {route for route in _routes(app) if route.endswith(_EXPORTS)}


def _routes(app: Flask) -> set[str]:
    return {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.rule.startswith(("/api/", "/v1/"))
        and rule.rule not in NO_PAGES
    }
