"""The pipeline by stage: counts, values, the deals to close first, and moving one on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from mobile.screens.formats import money, number, short_day, short_money
from mobile.screens.forms import Choices
from mobile.screens.view_model import Background, Note, RowState, SectionState, ViewModel
from mobile.screens.words import given_words
from mobile.services.deal_views import DealView, StageView
from shared.i18n import _, ngettext
from shared.vocabulary import StageKind

_SHOWN = 5
_SHOWN_ALONE = 200
ALL = "all:"
"""A row that shows all of a stage has this before the stage's key."""
MOVE = "move:"
_TONES = {
    StageKind.LEAD: "info",
    StageKind.OPEN: "primary",
    StageKind.WON: "good",
    StageKind.LOST: "bad",
    StageKind.DISQUALIFIED: "unknown",
}
_ICONS = {
    StageKind.WON: "trophy-outline",
    StageKind.LOST: "thumb-down-outline",
    StageKind.DISQUALIFIED: "cancel",
}


class DealService(Protocol):
    """Knows and moves deals."""

    def today(self) -> date:
        """Return the rep's day now."""

    def currency(self) -> str:
        """Return the organisation's currency."""

    def stages(self) -> Sequence[StageView]:
        """Return the stages in their order, with what stands in them."""

    def of_stage(self, stage_key: str, *, limit: int) -> Sequence[DealView]:
        """Return deals of a stage."""

    def get(self, deal_id: str) -> DealView:
        """Return a deal with its lines."""

    def lost_reasons(self) -> Sequence[str]:
        """Return the company's reasons for losing a deal."""

    def move(self, deal_id: str, stage_key: str, *, reason: str = "") -> None:
        """Move a deal to another stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealsState:
    """What the screen shows."""

    summary: str = ""
    stage_key: str = ""
    """The one stage that is shown; empty for all."""
    sections: tuple[SectionState, ...] = ()
    is_empty: bool = False


class DealsViewModel(ViewModel[DealsState]):
    """Shows the pipeline and moves deals on."""

    def __init__(self, *, deals: DealService, background: Background) -> None:
        super().__init__(DealsState())
        self._deals = deals
        self._background = background
        self._stages: Sequence[StageView] = ()

    def refresh(self) -> None:
        """Read the pipeline anew, beside the UI thread: it may hold thousands of deals."""
        wanted = self.state.stage_key

        def read() -> tuple[Sequence[StageView], list[Sequence[DealView]]]:
            found = [
                stage for stage in self._deals.stages() if stage.count and wanted in ("", stage.key)
            ]
            limit = _SHOWN_ALONE if wanted else _SHOWN
            rows = [self._deals.of_stage(stage.key, limit=limit) for stage in found]
            return found, rows

        self._background(read, lambda found: self._found(wanted, *found))

    def show_stage(self, stage_key: str) -> None:
        """Show one stage only, or with an empty key all."""
        self._show(replace(self.state, stage_key=stage_key))
        self.refresh()

    def title(self, deal_id: str) -> str:
        """Return what a deal is called."""
        return deal_title(self._deals.get(deal_id))

    def words(self, deal_id: str) -> str:
        """Return what is known about a deal."""
        deal = self._deals.get(deal_id)
        parts = [
            f"{given_words(self._stage(deal).name)} · {money(deal.amount_minor, deal.currency)}",
            self._worth(deal),
            *(
                f"{number(line.quantity)} × {line.product_name}"
                f" = {money(line.total_minor, deal.currency)}"
                for line in deal.lines
            ),
            given_words(deal.lost_reason),
            deal.note,
        ]
        return "\n".join(filter(None, parts))

    def _worth(self, deal: DealView) -> str:
        """Return what a deal in another currency is worth in the office's, by its word."""
        currency = self._deals.currency()
        if deal.currency == currency:
            return ""
        if deal.worth_minor is None:
            return _("The office has not converted it yet; it is not in your numbers.")
        return _("The office counts %(amount)s.", amount=money(deal.worth_minor, currency))

    def choices(self, deal_id: str) -> Choices:
        """Return what can be done with a deal; a closed one is looked at only."""
        deal, choices = self._deals.get(deal_id), []
        if deal.needs_you:
            choices.append(("sync", "alert-circle-outline", _("See what needs you")))
        if not self._stage(deal).kind.is_closed:
            choices.append(("change", "pencil-outline", _("Change")))
            choices += [
                (MOVE + stage.key, _ICONS.get(stage.kind, "swap-horizontal"), _move_words(stage))
                for stage in self._deals.stages()
                if stage.key != deal.stage_key
            ]
        if deal.customer_name:
            choices.append(("customer", "storefront-outline", _("Open the customer")))
        return choices

    def customer_id(self, deal_id: str) -> str:
        """Return the customer of a deal."""
        return self._deals.get(deal_id).customer_id or ""

    def asks_reason(self, stage_key: str) -> bool:
        """Return whether a deal that comes there must say why."""
        kinds = {stage.key: stage.kind for stage in self._deals.stages()}
        return kinds[stage_key] in (StageKind.LOST, StageKind.DISQUALIFIED)

    def reasons(self) -> Choices:
        """Return the company's reasons for losing a deal."""
        reasons = self._deals.lost_reasons() or [_("Another reason")]
        return [(reason, "thumb-down-outline", given_words(reason)) for reason in reasons]

    def move(self, deal_id: str, stage_key: str, *, reason: str = "") -> tuple[str, str]:
        """Move a deal; return the stage and the reason it had before."""
        before = self._deals.get(deal_id)
        self._deals.move(deal_id, stage_key, reason=reason)
        self.refresh()
        return before.stage_key, before.lost_reason

    def stage_name(self, stage_key: str) -> str:
        """Return a stage's name."""
        return next(
            given_words(stage.name) for stage in self._deals.stages() if stage.key == stage_key
        )

    def _stage(self, deal: DealView) -> StageView:
        return next(stage for stage in self._deals.stages() if stage.key == deal.stage_key)

    def _found(
        self, wanted: str, stages: Sequence[StageView], found: Sequence[Sequence[DealView]]
    ) -> None:
        if wanted != self.state.stage_key:
            return
        currency, today = self._deals.currency(), self._deals.today()
        open_stages = [stage for stage in stages if not stage.kind.is_closed]
        summary = ""
        if open_stages and not wanted:
            value = sum(stage.amount_minor for stage in open_stages)
            summary = _("Open: %(value)s", value=short_money(value, currency))
            summary += _waiting(sum(stage.waiting for stage in open_stages))
        self._show(
            DealsState(
                summary=summary,
                stage_key=wanted,
                sections=tuple(
                    _section(stage, deals, today, currency, is_alone=bool(wanted))
                    for stage, deals in zip(stages, found, strict=True)
                ),
                is_empty=not stages,
            )
        )


def deals_note(deals: DealService) -> Note:
    """Return what the menu says about the pipeline."""
    open_stages = [stage for stage in deals.stages() if not stage.kind.is_closed]
    count = sum(stage.count for stage in open_stages)
    value = short_money(sum(stage.amount_minor for stage in open_stages), deals.currency())
    words = ngettext("%(count)s open", "%(count)s open", count)
    return Note(text=f"{words} · {value}" if count else _("No open deal"))


def deal_title(deal: DealView) -> str:
    """Return what a deal is called: its title, else its customer."""
    return deal.title or deal.customer_name or _("Deal")


def _move_words(stage: StageView) -> str:
    return {
        StageKind.WON: _("Won"),
        StageKind.LOST: _("Lost"),
        StageKind.DISQUALIFIED: _("Disqualified"),
    }.get(stage.kind) or _("Move to %(stage)s", stage=given_words(stage.name))


def _section(
    stage: StageView, deals: Sequence[DealView], today: date, currency: str, *, is_alone: bool
) -> SectionState:
    rows = tuple(_row(deal, stage, today) for deal in deals)
    if not is_alone and stage.count > len(rows):
        words = _("Show all %(count)s", count=number(stage.count))
        rows += (RowState(key=ALL + stage.key, icon="chevron-down", title=words),)
    return SectionState(
        text=f"{given_words(stage.name)} ({number(stage.count)})" + _waiting(stage.waiting),
        figure=short_money(stage.amount_minor, currency),
        rows=rows,
    )


def _waiting(count: int) -> str:
    """Return how many deals in another currency are not in the sum beside it."""
    if not count:
        return ""
    return " · " + ngettext("%(count)s not converted yet", "%(count)s not converted yet", count)


def _row(deal: DealView, stage: StageView, today: date) -> RowState:
    parts = [deal.customer_name if deal.title else "", given_words(deal.lost_reason)]
    is_late = False
    if deal.expected_close_on and not stage.kind.is_closed:
        is_late = deal.expected_close_on < today
        parts.append(_("close %(day)s", day=short_day(deal.expected_close_on, today)))
    return RowState(
        key=deal.id,
        icon=_ICONS.get(stage.kind, "handshake-outline"),
        icon_tone=_TONES[stage.kind],
        title=deal_title(deal),
        detail=" · ".join(filter(None, parts)),
        detail_tone="bad" if is_late else "ink2",
        figure=short_money(deal.amount_minor, deal.currency),
        mark=_("needs you") if deal.needs_you else "",
        mark_tone="bad",
        can_open=True,
    )
