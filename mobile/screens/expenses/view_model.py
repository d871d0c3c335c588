"""The rep's expenses by month, each with its state, and what can be done with one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Protocol

from mobile.screens.formats import distance, money, month_name, short_day, short_money
from mobile.screens.forms import Choices
from mobile.screens.view_model import Note, RowState, SectionState, ViewModel
from mobile.screens.words import EXPENSE_ICONS, EXPENSE_KINDS, EXPENSE_STATES
from mobile.services.expense_views import ExpenseView
from shared.i18n import _, ngettext
from shared.vocabulary import ExpenseState

_TONES = {
    ExpenseState.DRAFT: "unknown",
    ExpenseState.SUBMITTED: "info",
    ExpenseState.APPROVED: "good",
    ExpenseState.REJECTED: "bad",
}


class ExpenseService(Protocol):
    """Knows expenses and moves them on."""

    def today(self) -> date:
        """Return the rep's day now."""

    def newest(self) -> Sequence[ExpenseView]:
        """Return the expenses, the latest day first."""

    def get(self, expense_id: str) -> ExpenseView:
        """Return an expense."""

    def set_state(self, expense_id: str, state: ExpenseState) -> None:
        """Hand an expense in, or take it back to a draft."""

    def delete(self, expense_id: str) -> None:
        """Take an expense back for good."""

    def count_by_state(self) -> dict[str, int]:
        """Return how many expenses are in each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpensesState:
    """What the screen shows."""

    summary: str = ""
    sections: tuple[SectionState, ...] = ()
    is_empty: bool = False


class ExpensesViewModel(ViewModel[ExpensesState]):
    """Shows the list and moves expenses on."""

    def __init__(self, *, expenses: ExpenseService) -> None:
        super().__init__(ExpensesState())
        self._expenses = expenses

    def refresh(self) -> None:
        """Read the list anew."""
        today, found = self._expenses.today(), self._expenses.newest()
        sections = []
        for month, of_month in groupby(found, key=lambda expense: expense.day.replace(day=1)):
            expenses = list(of_month)
            sections.append(
                SectionState(
                    text=month_name(month),
                    figure=_total(expenses),
                    rows=tuple(_row(expense, today) for expense in expenses),
                )
            )
        self._show(
            ExpensesState(
                summary=expenses_note(self._expenses).text,
                sections=tuple(sections),
                is_empty=not found,
            )
        )

    def title(self, expense_id: str) -> str:
        """Return what an expense is, with its amount."""
        expense = self._expenses.get(expense_id)
        amount = money(expense.amount_minor, expense.currency)
        return f"{_(EXPENSE_KINDS[expense.kind])} · {amount}"

    def words(self, expense_id: str) -> str:
        """Return its day, state, mileage, note, and why it was rejected."""
        expense = self._expenses.get(expense_id)
        day = short_day(expense.day, self._expenses.today())
        parts = [f"{day} · {_(EXPENSE_STATES[expense.state])}"]
        if expense.mileage_m is not None:
            parts.append(distance(expense.mileage_m))
        if receipts := _receipts(expense):
            parts.append(receipts)
        if expense.note:
            parts.append(expense.note)
        if expense.reason:
            parts.append(_("The office says: %(reason)s", reason=expense.reason))
        return "\n".join(parts)

    def choices(self, expense_id: str) -> Choices:
        """Return what can be done with an expense; nothing once it is approved."""
        expense = self._expenses.get(expense_id)
        choices: Choices = []
        if expense.needs_you:
            choices.append(("sync", "alert-circle-outline", _("See what needs you")))
        if expense.state is ExpenseState.APPROVED:
            return choices
        if expense.state is ExpenseState.SUBMITTED:
            choices.append((str(ExpenseState.DRAFT), "undo", _("Take back to a draft")))
        else:
            again = expense.state is ExpenseState.REJECTED
            words = _("Hand in again") if again else _("Hand in")
            choices.append((str(ExpenseState.SUBMITTED), "check", words))
        choices.append(("change", "pencil-outline", _("Change")))
        choices.append(("delete", "delete-outline", _("Delete")))
        return choices

    def set_state(self, expense_id: str, state: ExpenseState) -> None:
        """Hand an expense in, or take it back to a draft."""
        self._expenses.set_state(expense_id, state)
        self.refresh()

    def delete(self, expense_id: str) -> None:
        """Take an expense back for good."""
        self._expenses.delete(expense_id)
        self.refresh()


def expenses_note(expenses: ExpenseService) -> Note:
    """Return what the menu says about the expenses: what the rep must do comes first."""
    counts = expenses.count_by_state()
    parts = []
    rejected, drafts = counts.get(ExpenseState.REJECTED, 0), counts.get(ExpenseState.DRAFT, 0)
    if rejected:
        parts.append(ngettext("%(count)s rejected", "%(count)s rejected", rejected))
    if drafts:
        parts.append(ngettext("%(count)s draft", "%(count)s drafts", drafts))
    if submitted := counts.get(ExpenseState.SUBMITTED, 0):
        parts.append(ngettext("%(count)s handed in", "%(count)s handed in", submitted))
    return Note(text=", ".join(parts), tone="bad" if rejected else "ink2")


def _receipts(expense: ExpenseView) -> str:
    count = expense.receipts
    return ngettext("%(count)s receipt", "%(count)s receipts", count) if count else ""


def _total(expenses: Sequence[ExpenseView]) -> str:
    """Return what expenses come to, each currency by itself."""
    totals: dict[str, int] = {}
    for expense in expenses:
        totals[expense.currency] = totals.get(expense.currency, 0) + expense.amount_minor
    return " + ".join(short_money(total, currency) for currency, total in totals.items())


def _row(expense: ExpenseView, today: date) -> RowState:
    way = distance(expense.mileage_m) if expense.mileage_m is not None else ""
    day, note = short_day(expense.day, today), expense.note.partition("\n")[0]
    mark, tone = _(EXPENSE_STATES[expense.state]), _TONES[expense.state]
    if expense.needs_you:
        mark, tone = _("needs you"), "bad"
    return RowState(
        key=expense.id,
        icon=EXPENSE_ICONS[expense.kind],
        icon_tone="primary",
        title=_(EXPENSE_KINDS[expense.kind]),
        detail=" · ".join(filter(None, (day, way, _receipts(expense), note))),
        figure=short_money(expense.amount_minor, expense.currency),
        mark=mark,
        mark_tone=tone,
    )
