"""The rep's own numbers for some days, each with its formula and what the office counts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from mobile.device.clock import Clock
from mobile.screens import formats
from mobile.screens.numbers.office import SILENT, Said, explained, said_of, summary
from mobile.screens.view_model import Background, RowState, ViewModel
from mobile.services.numbers import OwnNumber, OwnNumbers, Span
from shared.i18n import N_, _, ngettext
from shared.metrics.definition import NULL_REASONS, Metric, MetricValue, Status
from shared.metrics.formula import to_text
from shared.metrics.kpis.revenue import REVENUE
from shared.metrics.kpis.targets import GOALS, TARGET_ATTAINMENT, TARGET_PACE
from shared.time import business_day

_ICONS = {
    "revenue": "cash-multiple",
    "sales_growth": "trending-up",
    "won_deals": "cart-outline",
    "average_purchase_value": "basket-outline",
    "calls": "map-marker-check",
    "productive_calls": "cart-outline",
    "strike_rate": "bullseye-arrow",
    "no_sale_share": "store-off-outline",
    "drop_size": "cash-multiple",
    "lines_per_productive_call": "package-variant-closed",
    "pjp_rate": "calendar-check-outline",
    "call_compliance": "map-marker-path",
    "cancelled_stops": "cancel",
    "geofence_compliance": "map-marker-check",
    "undecided_share": "dots-circle",
    "customers_visited": "storefront-outline",
    "active_outlets": "storefront",
    "time_in_store": "timer-outline",
    "first_call_time": "clock-outline",
    "last_call_time": "clock-outline",
}
_STATUS = {
    Status.GOOD: ("check-circle", "good", N_("good")),
    Status.AT_RISK: ("alert-circle", "warn", N_("at risk")),
    Status.BAD: ("alert-circle", "bad", N_("low")),
}
_JUDGED_BY = {goal.attainment.key: goal.pace for goal in GOALS.values()}
"""In a running period nobody has reached the target yet: the pace tells how the rep stands."""
_NO_ROWS = {REVENUE.key, TARGET_ATTAINMENT.key, *(pace.key for pace in _JUDGED_BY.values())}
"""What the card shows, or the row of an attainment."""


class Numbers(Protocol):
    """Counts the rep's numbers on the phone."""

    def numbers(self, span: Span) -> OwnNumbers:
        """Return them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersState:
    """What the screen shows."""

    span: str = Span.MONTH.value
    as_of: str = ""
    revenue: str = ""
    revenue_change: str = ""
    target: str = ""
    attainment: float = 0.0
    """Share of the target, for the bar."""
    elapsed: float = 0.0
    """Share of the working days that is over: where the bar should be."""
    pace: str = ""
    pace_tone: str = "ink2"
    office: Said = SILENT
    """Whether the office counts the same."""
    office_revenue: Said = SILENT
    office_target: Said = SILENT
    office_pace: Said = SILENT
    rows: tuple[RowState, ...] = ()


class NumbersViewModel(ViewModel[NumbersState]):
    """Counts beside the UI thread; the newest question wins."""

    def __init__(self, *, numbers: Numbers, clock: Clock, background: Background) -> None:
        super().__init__(NumbersState())
        self._numbers = numbers
        self._clock = clock
        self._background = background
        self._asked = 0
        self._found: OwnNumbers | None = None

    def refresh(self) -> None:
        """Count anew."""
        self.choose(self.state.span)

    def choose(self, span: str) -> None:
        """Count another span."""
        self._asked += 1
        asked = self._asked

        def show(found: OwnNumbers) -> None:
            if asked == self._asked:
                self._show_numbers(span, found)

        self._background(lambda: self._numbers.numbers(Span(span)), show)

    def explain(self, key: str) -> tuple[str, str]:
        """Return a metric's name, and what it is, its formula and what it was made of."""
        assert self._found is not None
        number = next(one for one in self._found.numbers if one.metric.key == key)
        metric, value = number.metric, number.value
        parts = [
            _(metric.description),
            _("Formula: %(formula)s", formula=to_text(metric.formula, _)),
        ]
        if value.denominator is not None and value.numerator is not None:
            above, below = formats.plain(value.numerator), formats.plain(value.denominator)
            parts.append(f"{above} ÷ {below} = {self._figure(metric, value)}")
        elif value.value is not None:
            parts.append(f"= {self._full(metric, value)}")
        if value.reason:
            parts.append(_(NULL_REASONS[value.reason]))
        parts.append(_("Definition %(version)s", version=metric.version) + ". " + self.state.as_of)
        parts += explained(number, self._found, zone=self._clock.time_zone, now=self._clock.now())
        return _(metric.name), "\n\n".join(parts)

    def _show_numbers(self, span: str, found: OwnNumbers) -> None:
        self._found = found
        revenue, pace = found.value(REVENUE), found.value(TARGET_PACE)
        attainment = found.value(TARGET_ATTAINMENT).value
        pace_status = TARGET_PACE.status(pace)
        is_over = span == Span.LAST_MONTH.value
        self._show(
            NumbersState(
                span=span,
                as_of=self._as_of(found),
                revenue=self._figure(REVENUE, revenue),
                revenue_change=self._change(found.number(REVENUE), span),
                target=(
                    _(
                        "%(share)s of the target of %(target)s",
                        share=formats.percent(attainment),
                        target=formats.metric(found.target, REVENUE.unit, found.currency),
                    )
                    if attainment is not None
                    else _("No target is set.")
                ),
                attainment=float(min(Decimal(1), attainment or Decimal(0))),
                elapsed=float(found.elapsed_share) if attainment is not None else 0.0,
                pace=(
                    _(
                        "At this pace %(share)s of the target will be reached.",
                        share=formats.percent(pace.value),
                    )
                    if pace.value is not None and not is_over
                    else ""
                ),
                pace_tone=_STATUS[pace_status][1] if pace_status else "ink2",
                office=summary(found, zone=self._clock.time_zone, now=self._clock.now()),
                office_revenue=self._office(found.number(REVENUE)),
                office_target=self._office(found.number(TARGET_ATTAINMENT)),
                office_pace=SILENT if is_over else self._office(found.number(TARGET_PACE)),
                rows=tuple(
                    self._row(number, span)
                    for number in found.numbers
                    if number.metric.key not in _NO_ROWS and number.value.reason != "no_target"
                ),
            )
        )

    def _row(self, number: OwnNumber, span: str) -> RowState:
        metric, value = number.metric, number.value
        judge = _JUDGED_BY.get(metric.key, metric)
        assert self._found is not None
        status = judge.status(self._found.value(judge))
        icon, tone, words = _STATUS[status] if status else ("", "unknown", "")
        detail = _(NULL_REASONS[value.reason]) if value.reason else self._change(number, span)
        office = self._office(number)
        return RowState(
            key=metric.key,
            icon=_ICONS.get(metric.key, "target"),
            icon_tone="primary",
            title=_(metric.name),
            detail=detail,
            note=office.text,
            note_tone=office.tone,
            figure=self._figure(metric, value),
            mark=_(words) if words else "",
            mark_icon=icon,
            mark_tone=tone,
        )

    def _office(self, number: OwnNumber) -> Said:
        assert self._found is not None
        return said_of(number, self._found, zone=self._clock.time_zone, now=self._clock.now())

    def _figure(self, metric: Metric, value: MetricValue) -> str:
        assert self._found is not None
        return formats.metric(value.value, metric.unit, self._found.currency)

    def _full(self, metric: Metric, value: MetricValue) -> str:
        assert value.value is not None
        short = self._figure(metric, value)
        exact = formats.plain(value.value)
        return short if metric.unit.value in {"clock", "percent"} else exact

    def _change(self, number: OwnNumber, span: str) -> str:
        """Return what it was in the same part of the period before."""
        if number.metric.compares or number.previous.value is None:
            return ""
        if span == Span.LAST_MONTH.value:
            return ""  # of the month before that the phone may hold only a part
        was = self._figure(number.metric, number.previous)
        words = {
            Span.TODAY.value: N_("yesterday %(value)s"),
            Span.WEEK.value: N_("last week until then %(value)s"),
            Span.MONTH.value: N_("last month until then %(value)s"),
        }[span]
        return _(words, value=was)

    def _as_of(self, found: OwnNumbers) -> str:
        zone, now = self._clock.time_zone, self._clock.now()
        synced = (
            _("not synced yet")
            if found.last_sync_at is None
            else _(
                "synced %(when)s",
                when=formats.day_and_time(found.last_sync_at, zone, business_day(now, zone)),
            )
        )
        text = (
            _("As of %(time)s on this phone", time=formats.clock_time(now, zone)) + " · " + synced
        )
        if found.waiting:
            text += " · " + ngettext(
                "%(count)s record not sent yet is counted",
                "%(count)s records not sent yet are counted",
                found.waiting,
            )
        return text
