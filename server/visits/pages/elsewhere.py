"""What other pages show of visits: a customer's page, and the search."""

import datetime as dt

from flask import url_for
from flask_babel import gettext

from server.platform.auth import current_access
from server.platform.clock import business_today
from server.visits import queries
from server.visits.queries import VisitFilter
from server.web import formats, words
from server.web.components import Event
from server.web.contributions import Contributor
from server.web.languages import current_language
from server.web.search import MOST_COUNTED, MOST_HITS, Hit, SearchGroup
from shared.time import Period

MOST_EVENTS = 40
SEARCHED_DAYS = 90


def _events_of_customer(*, customer_id: str) -> list[Event]:
    found = queries.list_visits(
        access=current_access(),
        where=VisitFilter(customer_id=customer_id),
        size=MOST_EVENTS,
        most_counted=MOST_EVENTS,
    )
    reasons = {reason.value: label for reason, label in words.NO_SALE_REASONS.items()}
    events = []
    for visit in found.rows:
        verdict = words.VERDICTS[visit.verdict] if visit.verdict else words.NO_VERDICT
        said = [visit.rep_name, gettext(verdict.label)]
        if visit.no_sale_reason:
            said.append(gettext(reasons.get(visit.no_sale_reason, visit.no_sale_reason)))
        if visit.started_at is not None:
            events.append(
                Event(
                    at=visit.started_at,
                    icon=verdict.icon,
                    title=gettext("Visit"),
                    text=" · ".join(said),
                    href=url_for("visits_pages.show", visit_id=visit.id),
                    tone=verdict.tone,
                    time_zone=visit.time_zone,
                )
            )
    return events


def _list_of_customer(*, code: str) -> tuple[str, str]:
    """Return the way to all visits of a customer."""
    return gettext("All visits"), url_for("visits_pages.index", q=code, period="all")


def _search(*, text: str) -> SearchGroup:
    today = business_today()
    recent = Period(today - dt.timedelta(days=SEARCHED_DAYS), today + dt.timedelta(days=1))
    where = VisitFilter(search=text, period=recent)
    found = queries.list_visits(
        access=current_access(), where=where, size=MOST_HITS, most_counted=MOST_COUNTED
    )
    language = current_language()
    return SearchGroup(
        label=gettext("Visits"),
        icon="map-marker-path",
        total=found.total,
        is_more=found.is_more,
        hits=tuple(
            Hit(
                title=visit.customer_name,
                text=f"{formats.day(visit.day, language=language)} · {visit.rep_name}",
                href=url_for("visits_pages.show", visit_id=visit.id),
            )
            for visit in found.rows
        ),
        more_url=url_for(
            "visits_pages.index",
            q=text,
            period="custom",
            **{"from": recent.start.isoformat(), "to": today.isoformat()},  # type: ignore[arg-type]
        ),
    )


CONTRIBUTIONS: dict[str, Contributor] = {
    "search": _search,
    "customer.events": _events_of_customer,
    "customer.lists": _list_of_customer,
}
