"""The map of customers: who was visited, where nobody goes; and what a customer is worth."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import ColumnElement

from server.customers.queries.customers import CustomerFilter
from server.metrics.sql.coverage import (
    DEEPEST_ZOOM,
    Box,
    clusters,
    figures_beside,
    figures_of_customers,
    is_visited,
    worth_of_customer,
)
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.teams.queries import team_with_descendants
from server.teams.schemas import people_choices
from server.web.components import Choice, CustomerFigures
from server.web.contributions import Contributor
from server.web.filters import choice, read_id
from server.web.periods import PRESETS, PeriodChoice, read_period
from shared.time import add_months
from shared.vocabulary import CustomerClass

blueprint = Blueprint("coverage_pages", __name__, template_folder="../templates")

_LONG_AGO_DAYS = (14, 30, 60, 90)
_NEVER = "never"
_COUNTRY = Box(south=-11.0, west=95.0, north=6.0, east=141.0)
"""Where the map begins if no customer has a point."""


@blueprint.get("/customers/map")
@signed_in()
def index() -> ResponseReturnValue:
    """Show the map with its filters."""
    access = current_access()
    chosen, where = _read()
    choices = (
        *people_choices(
            access=access,
            day=business_today(),
            team_id=read_id(request.args, "team"),
            arguments=request.args,
        ),
        choice(
            "class",
            gettext("Class"),
            {each.value: each.value for each in CustomerClass},
            arguments=request.args,
            everything=gettext("All classes"),
        ),
        _filter(arguments=request.args)[0],
    )
    everything = Box(south=-90, west=-180, north=90, east=180)
    whole = clusters(access=access, where=where, box=everything, zoom=4, visited=chosen.period)
    return render_template(
        "metrics/coverage.html",
        chosen=chosen,
        presets=PRESETS,
        choices=[each for each in choices if len(each.options) > 2],
        bounds=_bounds([(each.latitude, each.longitude) for each in whole]),
        customers=sum(each.customers for each in whole),
        visited=sum(each.visited for each in whole),
        points=f"{url_for('.points')}?{request.query_string.decode()}",
        tiles=current_app.config["MAP_TILES_URL"],
    )


@blueprint.get("/customers/map/points")
@signed_in()
def points() -> ResponseReturnValue:
    """Return the clusters of a part of the map at a zoom."""
    access = current_access()
    chosen, where = _read()
    found = clusters(access=access, where=where, box=_box(), zoom=_zoom(), visited=chosen.period)
    return jsonify(
        points=[
            asdict(each)
            | {
                "url": url_for("customer_pages.show", customer_id=each.customer_id)
                if each.customers == 1
                else None
            }
            for each in found
        ]
    )


def _read() -> tuple[PeriodChoice, CustomerFilter]:
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    wanted_class = request.args.get("class", "")
    today = business_today()
    chosen = read_period(request.args, today=today, first_day=add_months(today, -24))
    _, condition = _filter(arguments=request.args)
    return chosen, CustomerFilter(
        search=request.args.get("q", "").strip()[:80],
        team_ids=team_with_descendants(team_id) if team_id else None,
        owner_id=rep_id or None,
        customer_class=CustomerClass(wanted_class) if wanted_class in set(CustomerClass) else None,
        has_point=True,
        also=() if condition is None else (condition,),
    )


def _box() -> Box:
    """Return the part of the map the address names; the country for nonsense."""
    try:
        south, west, north, east = (float(part) for part in request.args["box"].split(","))
    except (KeyError, ValueError):
        return _COUNTRY
    known = -90 <= south <= north <= 90 and -180 <= west <= east <= 180
    return Box(south=south, west=west, north=north, east=east) if known else _COUNTRY


def _zoom() -> int:
    text = request.args.get("zoom", "")
    return min(int(text), DEEPEST_ZOOM) if text.isascii() and text.isdigit() else 5


def _bounds(places: list[tuple[float, float]]) -> list[list[float]]:
    if not places:
        return [[_COUNTRY.south, _COUNTRY.west], [_COUNTRY.north, _COUNTRY.east]]
    latitudes, longitudes = zip(*places, strict=True)
    margin = 0.05
    return [
        [min(latitudes) - margin, min(longitudes) - margin],
        [max(latitudes) + margin, max(longitudes) + margin],
    ]


def _figures(*, customer_ids: list[str]) -> dict[str, CustomerFigures]:
    found = figures_of_customers(
        access=current_access(), customer_ids=customer_ids, today=business_today()
    )
    return {
        customer_id: CustomerFigures(last_visit_on=day, won_minor=amount)
        for customer_id, (day, amount) in found.items()
    }


def _columns() -> dict[str, ColumnElement[Any]]:
    return figures_beside(access=current_access(), today=business_today())


def _filter(*, arguments: Mapping[str, str]) -> tuple[Choice, ColumnElement[bool] | None]:
    """Return the filter of customers by their last visit, and its condition."""
    shown = choice(
        "visited",
        gettext("Last visit"),
        {
            **{
                str(days): gettext("Over %(days)s days ago, or never", days=days)
                for days in _LONG_AGO_DAYS
            },
            _NEVER: gettext("Never"),
        },
        arguments=arguments,
        everything=gettext("At any time"),
    )
    wanted = shown.chosen.value if shown.chosen else ""
    if not wanted:
        return shown, None
    since = None if wanted == _NEVER else business_today() - dt.timedelta(days=int(wanted))
    return shown, ~is_visited(access=current_access(), since=since)


def _worth(*, customer_id: str) -> str:
    settings = current_settings()
    today = business_today()
    worth = worth_of_customer(access=current_access(), customer_id=customer_id, today=today)
    return render_template(
        "metrics/worth.html", worth=worth, today=today, currency=settings.reporting_currency
    )


CONTRIBUTIONS: dict[str, Contributor] = {
    "customer": _worth,
    "customers.figures": _figures,
    "customers.columns": _columns,
    "customers.filter": _filter,
}
