"""A day of a plan on the map: its stops in their order, and where the rep checked in."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from server.planning.queries import Outlet, PlanDay, PlanStop, WeekPlan
from shared.geo import Position
from shared.i18n import N_
from shared.vocabulary import StopState

STATES = {
    "planned": N_("Planned"),
    "visited": N_("Visited"),
    "missed": N_("Missed"),
    "cancelled": N_("Cancelled"),
}


def state_of(stop: PlanStop, day: PlanDay) -> str:
    """Return what became of a stop: a key of `STATES`."""
    if stop.state is StopState.CANCELLED:
        return "cancelled"
    if stop.visit_id:
        return "visited"
    return "missed" if day.is_past else "planned"


def day_on_map(plan: WeekPlan, day: dt.date) -> dict[str, Any] | None:
    """Return what the map draws of a day; None without any place."""
    (given,) = (each for each in plan.days if each.day == day)
    route = [
        _point(number, stop.outlet.position, stop.outlet.name, state_of(stop, given))
        for number, stop in enumerate(given.stops, start=1)
        if stop.outlet.position
    ]
    calls = [call for call in given.calls if call.position]
    others = [
        {
            "at": _at(call.position),
            "label": gettext(
                "Check-in %(number)s: %(name)s", number=number, name=call.customer_name
            ),
            "url": url_for("visits_pages.show", visit_id=call.visit_id),
        }
        for number, call in enumerate(calls, start=1)
        if call.position
    ]
    return _drawn(route, others)


def proposal_on_map(outlets: Sequence[Outlet]) -> dict[str, Any] | None:
    """Return what the map draws of a day that is not published; None without any place."""
    route = [
        _point(number, outlet.position, outlet.name, "planned")
        for number, outlet in enumerate(outlets, start=1)
        if outlet.position
    ]
    return _drawn(route, [])


def _point(number: int, position: Position, name: str, state: str) -> dict[str, Any]:
    return {
        "at": _at(position),
        "number": number,
        "state": state,
        "label": f"{number}. {name} · {gettext(STATES[state])}",
    }


def _at(position: Position) -> list[float]:
    return [position.latitude, position.longitude]


def _drawn(route: list[dict[str, Any]], others: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return it as the script of the map takes it; the way made goes from check-in to check-in."""
    if not route and not others:
        return None
    return {
        "customer": "",
        "fence": None,
        "whole_day": True,
        "track": [[other["at"] for other in others]] if len(others) > 1 else [],
        "route": route,
        "events": [],
        "others": others,
    }
