"""What all pages of numbers share: the filters of the address, and questions asked with them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext, ngettext

from server.deals.queries.reasons import list_sources
from server.metrics import queries
from server.metrics.queries import Answer, Compared, Group, Question, Standing
from server.metrics.sql.cache import cached
from server.metrics.sql.choices import check_holders, first_day
from server.metrics.sql.frames import Compare
from server.metrics.sql.freshness import freshness
from server.metrics.sql.reach import By
from server.metrics.sql.read import Holder
from server.metrics.sql.sliced import dimensions_of, follows_first_days
from server.platform.access import Access
from server.platform.auth import current_access
from server.platform.settings import Settings, current_settings
from server.teams.queries import team_with_descendants
from server.teams.schemas import people_choices
from server.web import formats, words
from server.web.catalogue import all_metrics
from server.web.components import Choice
from server.web.filters import choice, read_id
from server.web.languages import current_language
from server.web.metric_tiles import Setting
from server.web.periods import DEFAULT_PRESET, PRESETS, PeriodChoice, read_period
from shared.metrics.definition import Metric
from shared.metrics.formula import Window
from shared.metrics.measures import Dimension
from shared.time import Grain, business_day, utc_now
from shared.vocabulary import CustomerClass, Role

WITHIN_DAYS = (7, 14, 30, 60, 90, 180, 365)
_A_METRIC, _A_REP = "a-metric", "00000000-0000-4000-8000-000000000000"
"""Stand in an address for what differs from one number to the next."""
_YEARS = {Window.YEAR, Window.PREVIOUS_YEAR, Window.EVER}


@dataclass(frozen=True, kw_only=True)
class View:
    """What the filter bar asks for, and what all parts of the page need."""

    access: Access
    settings: Settings
    now: dt.datetime
    today: dt.date
    chosen: PeriodChoice
    compare: Compare
    rep_id: str
    team_id: str
    source: str
    customer_class: CustomerClass | None
    within_days: int | None
    """Of leads and opportunities only what becomes of them in so many days."""
    within: Choice
    """The control for it, on pages that show such numbers."""
    choices: tuple[Choice, ...]

    @cached_property
    def team_ids(self) -> frozenset[str] | None:
        """Return the team asked about with all below it, if one is."""
        return team_with_descendants(self.team_id) if self.team_id else None

    def answer(
        self,
        keys: Sequence[str],
        *,
        by: By | None = None,
        series: Grain | None = None,
        drawn: Iterable[str] | None = None,
    ) -> Answer:
        """Return the values of these metrics; the series of all, or only of those to be drawn."""

        def ask(some: Sequence[str]) -> Answer:
            question = self.question(some, by=by, series=series)
            if drawn is not None:
                question = replace(question, drawn=frozenset(drawn))
            return queries.metric_values(access=self.access, question=question)

        rest, apart = self._split(keys)
        if not apart or not rest:
            return ask(keys)
        return _together(ask(rest), ask(apart))

    def groups(
        self, keys: Sequence[str], *, by: By, rep_ids: Iterable[str] | None = None
    ) -> Sequence[Group]:
        """Return the values of each rep, team or whatever tells them apart, without all of them.

        :param rep_ids: of the reps only these
        """
        some_reps = None if rep_ids is None else frozenset(rep_ids)

        def ask(some: Sequence[str]) -> Sequence[Group]:
            question = replace(self.question(some, by=by), rep_ids=some_reps)
            return queries.metric_groups(access=self.access, question=question)

        rest, apart = self._split(keys)
        if not apart or not rest:
            return ask(keys)
        return _side_by_side(ask(rest), ask(apart), rest, apart)

    def standings(
        self, keys: Sequence[str], *, among: Sequence[str], rep_ids: Iterable[str] | None = None
    ) -> Sequence[Standing]:
        """Return the values of each rep, compared with nothing.

        :param among: of everybody of whom `groups` would tell for these metrics
        """
        some_reps = None if rep_ids is None else frozenset(rep_ids)
        question = replace(self.question(keys, by=By.REP), rep_ids=some_reps)
        metrics = [all_metrics()[key] for key in among]
        return queries.standings(access=self.access, question=question, among=metrics)

    @property
    def is_sliced(self) -> bool:
        """Whether it is about a lead source or class alone, or about first days."""
        return bool(self.source or self.customer_class or self.within_days)

    @property
    def is_about_everybody(self) -> bool:
        """Whether it reaches all reps there are, who may be thousands."""
        return self.access.role is Role.ADMIN and not (self.rep_id or self.team_id)

    def _split(self, keys: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the metrics asked about until today, and those in their first days."""
        return (
            [key for key in keys if not self._is_within(key)],
            [key for key in keys if self._is_within(key)],
        )

    def question(
        self, keys: Sequence[str], *, by: By | None = None, series: Grain | None = None
    ) -> Question:
        """Return what is asked about these metrics."""
        return Question(
            metrics=[all_metrics()[key] for key in keys],
            period=self.chosen.period,
            today=self.today,
            currency=self.settings.reporting_currency,
            rep_id=self.rep_id or None,
            team_ids=self.team_ids,
            source=self.source or None,
            customer_class=self.customer_class,
            compare=self.compare,
            by=by,
            series=series,
            within_days=self.within_days if all(map(self._is_within, keys)) else None,
        )

    def _is_within(self, key: str) -> bool:
        return self.within_days is not None and follows_first_days(all_metrics()[key])

    def offering_first_days(self, keys: Iterable[str]) -> "View":
        """Return the view with the control of the first days, where one of these has them."""
        if not any(follows_first_days(all_metrics()[key]) for key in keys):
            return replace(self, within_days=None)
        return replace(self, choices=(*self.choices, self.within))

    def known(self, keys: Iterable[str]) -> list[str]:
        """Return the metrics that are known by lead source or class, where the page asks so."""
        asked = {
            *({Dimension.SOURCE} if self.source else ()),
            *({Dimension.CLASS} if self.customer_class else ()),
        }
        return [key for key in keys if asked <= dimensions_of(all_metrics()[key])]

    def grain(self, metric: Metric) -> Grain:
        """Return pieces that make a readable line; few where each looks back over a year."""
        days = self.chosen.period.length_days
        if days <= 31 and not looks_back(metric):
            return Grain.DAY
        return Grain.WEEK if days <= 186 else Grain.MONTH

    def arguments(self) -> dict[str, Any]:
        """Return the URL arguments of the filters."""
        filters = {
            "team": self.team_id,
            "rep": self.rep_id,
            "source": self.source,
            "class": self.customer_class,
            "within": self.within_days,
        }
        if self.compare is not Compare.PREVIOUS:
            filters["compare"] = self.compare.value
        return self.chosen.arguments() | {name: value for name, value in filters.items() if value}

    def rows_url(self, key: str, *, rep_id: str = "") -> str:
        """Return the page with the rows behind a number of this page, or of one of its reps."""
        of_reps = self._rows_urls[bool(rep_id)]
        return of_reps.replace(_A_METRIC, key, 1).replace(_A_REP, rep_id, 1)

    @cached_property
    def _rows_urls(self) -> tuple[str, str]:
        """The address of such a page, and that of a rep, to be filled in for each number."""
        arguments = self.arguments()
        return (
            url_for("number_pages.rows", key=_A_METRIC, **arguments),
            url_for("number_pages.rows", key=_A_METRIC, **arguments | {"rep": _A_REP}),
        )


def _together(one: Answer, other: Answer) -> Answer:
    """Return the values of two answers that differ in their metrics alone."""
    return replace(
        one,
        total=_merged(one.total, other.total),
        groups=_side_by_side(
            one.groups, other.groups, list(one.total.values), list(other.total.values)
        ),
    )


def _merged(left: Group, right: Group) -> Group:
    pairs = zip(left.series, right.series, strict=True)
    return replace(
        left,
        values={**left.values, **right.values},
        series=[replace(a, values={**a.values, **b.values}) for a, b in pairs],
    )


def _side_by_side(
    one: Sequence[Group], other: Sequence[Group], keys: Sequence[str], more_keys: Sequence[str]
) -> list[Group]:
    """Return the groups of both by holder; one that is missing has the values of nothing."""
    names = {each.id: each.name for each in (*one, *other)}

    def filled(groups: Sequence[Group], keys: Sequence[str]) -> dict[Holder, Group]:
        found = {each.id: each for each in groups}
        nothing = {key: _value_of_nothing(all_metrics()[key]) for key in keys}
        return {
            holder: found.get(holder) or Group(id=holder, name=name, values=nothing, series=[])
            for holder, name in names.items()
        }

    left, right = filled(one, keys), filled(other, more_keys)
    return [_merged(left[holder], right[holder]) for holder in names]


def _value_of_nothing(metric: Metric) -> Compared:
    value = metric.evaluate({measure.slot: Decimal(0) for measure in metric.measures()})
    return Compared(value=value, previous=value)


def read_view(*, default: str = DEFAULT_PRESET) -> View:
    """
    Return what the address asks for.

    :param default: the period of an address that names none
    :raises NotFoundError: if it names a rep or a team the caller does not see
    """
    settings = current_settings()
    access, now = current_access(), utc_now()
    today = business_day(now, settings.time_zone)
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    check_holders(access=access, rep_id=rep_id or None, team_id=team_id or None)
    compare = choice(
        "compare",
        gettext("Compared with"),
        {
            Compare.PREVIOUS.value: gettext("Period before"),
            Compare.LAST_YEAR.value: gettext("Same days last year"),
        },
        arguments=request.args,
    )
    source = choice(
        "source",
        gettext("Lead source"),
        {name: words.shown(name) for name in _sources(access)},
        arguments=request.args,
        everything=gettext("All sources"),
    )
    customer_class = choice(
        "class",
        gettext("Customer class"),
        {each.value: each.value for each in CustomerClass},
        arguments=request.args,
        everything=gettext("All classes"),
    )
    within = choice(
        "within",
        gettext("Leads and opportunities"),
        {
            str(days): ngettext("in their first %(num)s day", "in their first %(num)s days", days)
            for days in WITHIN_DAYS
        },
        arguments=request.args,
        everything=gettext("until today"),
    )
    chosen_class = customer_class.chosen.value if customer_class.chosen else ""
    return View(
        access=access,
        settings=settings,
        now=now,
        today=today,
        chosen=read_period(
            request.args, today=today, first_day=_first_day(access) or today, default=default
        ),
        compare=Compare(compare.chosen.value) if compare.chosen else Compare.PREVIOUS,
        rep_id=rep_id,
        team_id=team_id,
        source=source.chosen.value if source.chosen else "",
        customer_class=CustomerClass(chosen_class) if chosen_class else None,
        within_days=int(within.chosen.value) if within.chosen and within.chosen.value else None,
        within=within,
        choices=(
            *_people(access, today, team_id),
            # A choice among one is none.
            *((source,) if len(source.options) > 1 else ()),
            customer_class,
            compare,
        ),
    )


def _sources(access: Access) -> Sequence[str]:
    """Return where leads come from; asked for on every page of numbers, and seldom another."""
    return cached(("sources", access), lambda: list_sources(access=access))


def _first_day(access: Access) -> dt.date | None:
    return cached(("first day", access), lambda: first_day(access))


def _people(access: Access, today: dt.date, team_id: str) -> tuple[Choice, ...]:
    choices = people_choices(access=access, day=today, team_id=team_id, arguments=request.args)
    # A choice among one is none.
    return tuple(each for each in choices if len(each.options) > 2)


def common(view: View, answer: Answer) -> dict[str, Any]:
    fresh = freshness(
        access=view.access,
        period=view.chosen.period,
        now=view.now,
        zone=view.settings.time_zone,
        rep_id=view.rep_id or None,
        team_ids=view.team_ids,
    )
    return {
        "view": view,
        "answer": answer,
        "fresh": fresh,
        "zone": view.settings.time_zone,
        "presets": PRESETS,
    }


def setting_of(view: View, answer: Answer) -> Setting:
    language = current_language()
    return Setting(
        currency=view.settings.reporting_currency,
        language=language,
        as_of=formats.day_and_clock(view.now, view.settings.time_zone, language=language),
        compared_with=answer.compared_with,
    )


def looks_back(metric: Metric) -> bool:
    return any(measure.window in _YEARS for measure in metric.measures())
