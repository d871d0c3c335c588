"""Pages of visits: the list with its filters and export, and one visit with its evidence map.

Slots are open to higher features. `visit` is called with `visit_id` and returns HTML of a card
for the page of one visit; `visit.amounts` with `visit_ids` and returns `{visit_id: Amount}`;
`visit.track` with `rep_id` and `day` and returns the day's track as lists of `(lat, lon)`;
`visit.photos` with `visit_id` and returns pictures, each `id`, `url`, `thumbnail`, `label`;
`visit.filter` with `arguments` and returns a filter and the condition it asks for, or None.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.forms import queries as forms
from server.platform import paging
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.teams.queries import team_with_descendants
from server.teams.schemas import people_choices
from server.visits import queries
from server.visits.pages import elsewhere
from server.visits.queries import DayVisit, Evidence, VisitDetail, VisitFilter, VisitRow
from server.web import formats, words
from server.web.answers import answer_cell, answer_words
from server.web.components import Amount, Choice, Column, Pages, read_page
from server.web.contributions import Contributor, contributions
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.periods import PRESETS, PeriodChoice, read_period
from shared.checkin.verdict import R95_PER_R68
from shared.i18n import N_
from shared.time import local_time
from shared.visit_form import Question
from shared.vocabulary import TimeTrust, Verdict, VisitState

blueprint = Blueprint("visits_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="visits_pages.index",
        label=N_("Visits"),
        icon="map-marker-path",
        position=22,
        key="v",
    ),
)
PAGE_SIZE = 50
DEFAULT_PERIOD = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the filter bar asks for."""

    chosen: PeriodChoice
    where: VisitFilter
    choices: tuple[Choice, ...]
    text: str

    @property
    def is_narrowed(self) -> bool:
        """Whether other filters than the period are in force."""
        return bool(self.text or any(c.chosen and c.chosen.value for c in self.choices))


@blueprint.get("/visits")
@signed_in()
def index() -> ResponseReturnValue:
    """List the visits of a period."""
    access = current_access()
    search = _read_search(access)
    sort = request.args.get("sort", queries.NEWEST_FIRST)
    found = queries.list_visits(
        access=access,
        where=search.where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=sort,
        most_counted=paging.MOST_COUNTED,
    )
    return render_template(
        "visits/index.html",
        search=search,
        visits=found.rows,
        amounts=_amounts([visit.id for visit in found.rows]),
        pages=Pages.of(found),
        presets=PRESETS,
        sort=sort,
        columns=_columns(),
    )


@blueprint.get(f"/visits.{ROUTE}")
@signed_in()
def export(kind: str) -> ResponseReturnValue:
    """Download the whole list, as filtered."""
    access = current_access()
    search = _read_search(access)
    header = [
        gettext("Day"),
        gettext("Check-in"),
        gettext("Check-out"),
        gettext("Minutes"),
        gettext("Rep"),
        gettext("Team"),
        gettext("Customer code"),
        gettext("Customer"),
        gettext("Planned"),
        gettext("Verdict"),
        gettext("Distance (m)"),
        gettext("Time"),
        gettext("State"),
        gettext("No-sale reason"),
    ]
    asked = forms.asked_in(access=access, period=search.where.period)
    header += [question.text for question in asked]
    versions = forms.versions(access=access)
    visits = queries.each_visit(access=access, where=search.where)
    name = f"tapak-visits-{search.chosen.period.start}-{search.chosen.last_day}"
    return download(
        name,
        header,
        ([*_export_row(visit), *_answer_cells(visit, asked, versions)] for visit in visits),
        kind=kind,
    )


@blueprint.get("/visits/<uuid:visit_id>")
@signed_in()
def show(visit_id: UUID) -> ResponseReturnValue:
    """Show one visit with the evidence of its check-in and check-out."""
    detail = queries.get_visit_detail(access=current_access(), visit_id=str(visit_id))
    visit = detail.visit
    tracks = contributions("visit.track", rep_id=visit.rep_id, day=visit.day)
    day = queries.visits_of_day(access=current_access(), rep_id=visit.rep_id, day=visit.day)
    place = next((index for index, each in enumerate(day) if each.id == visit.id), 0)
    pictures = [
        picture for found in contributions("visit.photos", visit_id=visit.id) for picture in found
    ]
    return render_template(
        "visits/show.html",
        detail=detail,
        visit=visit,
        events=list(_events(detail)),
        map=_map(
            detail,
            tracks[0] if tracks else [],
            day,
            photos=pictures,
        ),
        answers=forms.answers_of_visit(
            access=current_access(),
            answers=visit.form_answers,
            customer_class=visit.customer_class,
            at=visit.started_at if visit.state == VisitState.COMPLETED else None,
        ),
        answer_words=answer_words,
        pictures={picture["id"]: picture for picture in pictures},
        day=day,
        place=place,
        panels=contributions("visit", visit_id=visit.id),
        r95_per_r68=R95_PER_R68,
        tiles=current_app.config["MAP_TILES_URL"],
    )


def _read_search(access: Access) -> Search:
    today = business_today()
    first_day = queries.first_visit_day(access=access) or today
    chosen = read_period(request.args, today=today, first_day=first_day, default=DEFAULT_PERIOD)
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    verdict, time_trust = request.args.get("verdict", ""), request.args.get("time", "")
    others = contributions("visit.filter", arguments=request.args)
    text = request.args.get("q", "").strip()[:80]
    where = VisitFilter(
        period=chosen.period,
        team_ids=team_with_descendants(team_id) if team_id else None,
        rep_id=rep_id or None,
        verdict=Verdict(verdict) if verdict in set(Verdict) else None,
        time_trust=TimeTrust(time_trust) if time_trust in set(TimeTrust) else None,
        search=text,
        also=tuple(condition for _, condition in others if condition is not None),
    )
    choices = (
        *people_choices(access=access, day=today, team_id=team_id, arguments=request.args),
        _judged("verdict", gettext("Verdict"), words.VERDICTS, gettext("All verdicts")),
        _judged("time", gettext("Time"), words.TIME_TRUSTS, gettext("All")),
        *(shown for shown, _ in others),
    )
    # A choice among one is none.
    shown = tuple(each for each in choices if len(each.options) > 2)
    return Search(chosen=chosen, where=where, choices=shown, text=text)


def _judged(name: str, label: str, known: Mapping[Any, words.Word], everything: str) -> Choice:
    values = {str(key): gettext(word.label) for key, word in known.items()}
    return choice(name, label, values, arguments=request.args, everything=everything)


def _columns() -> tuple[Column, ...]:
    return (
        Column(label=gettext("Customer"), key="customer", is_number=False),
        Column(label=gettext("Check-in"), key="check_in", is_number=False),
        Column(label=gettext("Rep"), key="rep", is_number=False),
        Column(label=gettext("Verdict"), key="verdict", is_number=False),
        Column(label=gettext("Distance"), key="distance"),
        Column(label=gettext("In store"), key="duration"),
        Column(label=gettext("Outcome"), is_number=False),
    )


def _amounts(visit_ids: list[str]) -> dict[str, Amount]:
    merged: dict[str, Amount] = {}
    for amounts in contributions("visit.amounts", visit_ids=visit_ids):
        merged |= amounts
    return merged


def _export_row(visit: VisitRow) -> list[object]:
    def clock(instant: dt.datetime | None) -> str:
        return f"{local_time(instant, visit.time_zone):%H:%M}" if instant else ""

    verdict = words.VERDICTS[visit.verdict] if visit.verdict else words.NO_VERDICT
    reasons = {reason.value: label for reason, label in words.NO_SALE_REASONS.items()}
    return [
        visit.day,
        clock(visit.started_at),
        clock(visit.ended_at),
        None if visit.duration_s is None else round(visit.duration_s / 60),
        visit.rep_name,
        visit.team_name or "",
        visit.customer_code,
        visit.customer_name,
        gettext("yes") if visit.planned else gettext("no"),
        gettext(verdict.label),
        None if visit.distance_m is None else round(visit.distance_m),
        gettext(words.TIME_TRUSTS[visit.time_trust].label) if visit.time_trust else "",
        gettext(words.VISIT_STATES[visit.state].label),
        gettext(reasons[visit.no_sale_reason]) if visit.no_sale_reason else "",
    ]


def _answer_cells(
    visit: VisitRow, asked: Sequence[Question], versions: Mapping[str, Question]
) -> list[object]:
    """Return the answer to each question, whichever version of it was asked."""
    cells = {
        versions[question_id].key: answer_cell(versions[question_id], answer)
        for question_id, answer in visit.form_answers.items()
        if question_id in versions
    }
    return [cells.get(question.key, "") for question in asked]


def _events(detail: VisitDetail) -> Iterator[tuple[str, str, Evidence]]:
    if detail.check_in is not None:
        yield "check_in", gettext("Check-in"), detail.check_in
    if detail.check_out is not None:
        yield "check_out", gettext("Check-out"), detail.check_out


def _map(
    detail: VisitDetail,
    track: list[list[tuple[float, float]]],
    day: Sequence[DayVisit],
    *,
    photos: list[dict[str, str]],
) -> dict[str, Any]:
    """Return what the evidence map draws; the same numbers that stand beside it."""
    return {
        "customer": detail.visit.customer_name,
        "fence": _fence(detail),
        "events": [
            {
                "kind": kind,
                "label": label,
                "at": [evidence.latitude, evidence.longitude],
                "accuracy_m": evidence.accuracy_m,
                "reach_m": R95_PER_R68 * (evidence.accuracy_m or 0),
                "verdict": evidence.verdict,
                "words": _words_of(label, evidence),
                "photos": photos if kind == "check_in" else [],
            }
            for kind, label, evidence in _events(detail)
            if evidence.latitude is not None
        ],
        "track": track,
        "others": [
            {
                "at": [other.latitude, other.longitude],
                "label": f"{number}. {other.customer_name}",
                "url": url_for("visits_pages.show", visit_id=other.id),
            }
            for number, other in enumerate(day, start=1)
            if other.latitude is not None and other.id != detail.visit.id
        ],
    }


def _words_of(label: str, evidence: Evidence) -> list[str]:
    """Return what the map says about a check-in or check-out when it is tapped."""
    language = current_language()
    clock = local_time(evidence.captured_at, evidence.time_zone)
    said = [
        f"{label} {clock:%H:%M}",
        gettext(words.TIME_TRUSTS[evidence.time_trust].label),
        gettext(words.VERDICTS[evidence.verdict].label),
    ]
    if evidence.distance_m is not None:
        far = formats.distance(evidence.distance_m, language=language)
        if evidence.accuracy_m is not None:
            far += f" ± {formats.distance(evidence.accuracy_m, language=language)}"
        said.append(far)
    return said


def _fence(detail: VisitDetail) -> dict[str, Any] | None:
    """Return the fence as it was at the check-in."""
    for evidence in (detail.check_in, detail.check_out):
        if evidence is not None and evidence.fence_latitude is not None:
            return {
                "at": [evidence.fence_latitude, evidence.fence_longitude],
                "radius_m": evidence.fence_radius_m,
            }
    return None


CONTRIBUTIONS: dict[str, Contributor] = elsewhere.CONTRIBUTIONS
