"""One expense: kind, amount, day, mileage proposed from the track, note."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from mobile.screens.formats import (
    distance,
    number,
    plain_money,
    read_money,
    read_number,
    short_day,
)
from mobile.screens.forms import (
    Choices,
    DraftKeeper,
    FormState,
    FormViewModel,
    days_back,
    field_problem,
    read_day,
)
from mobile.screens.photos import Photos, PhotosState
from mobile.screens.view_model import Background, Drafts
from mobile.screens.words import EXPENSE_ICONS, EXPENSE_KINDS, EXPENSE_STATES
from mobile.services.expense_views import ExpenseView, NewExpense
from mobile.services.receipts import is_unsaved
from mobile.services.recorder import NOTHING
from shared.i18n import _
from shared.money import to_minor
from shared.schemas.limits import MAX_MILEAGE_M, InvalidRecordError
from shared.vocabulary import ExpenseKind, ExpenseState

_DAYS = 31
_FIELDS = ("kind", "currency", "amount", "day", "mileage", "note")


class ExpenseService(Protocol):
    """Records and changes expenses."""

    def today(self) -> date:
        """Return the rep's day now."""

    def currencies(self) -> Sequence[str]:
        """Return the currencies money may have been spent in, the organisation's first."""

    def get(self, expense_id: str, *, tried: Mapping[str, Any] = NOTHING) -> ExpenseView:
        """Return an expense, with what the office refused of it laid on top."""

    def save(self, expense: NewExpense, *, expense_id: str = "") -> str:
        """Record an expense, or change one."""

    def mileage_m(self, day: date) -> int | None:
        """Return how far the rep rode on a day by the track, metres."""

    def discard_receipts(self, expense_id: str) -> Sequence[int]:
        """Take away the receipts that were not saved with an expense; return which."""

    def bring_receipts_back(self, drafts: Sequence[int]) -> None:
        """Undo that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseForm(FormState):
    """What the form shows."""

    expense_id: str = ""
    """Empty: a new one."""
    kind: str = str(ExpenseKind.FUEL)
    kind_words: str = ""
    currency: str = ""
    has_currencies: bool = False
    """Whether there are several to choose from."""
    amount: str = ""
    amount_hint: str = ""
    day: str = ""
    day_words: str = ""
    mileage: str = ""
    """Kilometres as typed."""
    proposal: str = ""
    """What the day's track says, in words; empty where there is none."""
    note: str = ""
    standing: str = ""
    """Where an expense that is changed stands."""
    photos: PhotosState = field(default_factory=PhotosState)
    is_saved: bool = False


class ExpenseViewModel(FormViewModel[ExpenseForm]):
    """Keeps what is typed at once as a draft of the form, and records it when the rep says so."""

    def __init__(
        self,
        *,
        expenses: ExpenseService,
        receipts: Photos,
        drafts: Drafts,
        background: Background,
    ) -> None:
        super().__init__(ExpenseForm())
        self.photos = receipts
        self._expenses = expenses
        self._draft = DraftKeeper(drafts, "expense_draft")
        self._background = background
        self._proposed_m: int | None = None
        receipts.subscribe(lambda photos: self._show(replace(self.state, photos=photos)))

    def begin(self, expense_id: str = "", *, tried: Mapping[str, Any] = NOTHING) -> None:
        """Open an expense, or a new one; what was typed into the same one before is there again.

        :param tried: what the office refused of it, to be corrected
        """
        kept, standing = self._draft.read(), ""
        state = ExpenseForm(
            expense_id=expense_id,
            day=self._expenses.today().isoformat(),
            currency=self._expenses.currencies()[0],
        )
        if expense_id:
            expense = self._expenses.get(expense_id, tried=tried)
            standing = "\n".join(
                filter(None, (_(EXPENSE_STATES[expense.state]).capitalize(), expense.reason))
            )
            state = replace(
                state,
                kind=str(expense.kind),
                currency=expense.currency,
                amount=plain_money(expense.amount_minor, expense.currency),
                day=expense.day.isoformat(),
                mileage=_kilometres(expense.mileage_m),
                note=expense.note,
            )
        self._untouched = {name: getattr(state, name) for name in _FIELDS}
        if kept.get("expense_id") == expense_id:
            state = replace(state, **{name: kept[name] for name in _FIELDS if name in kept})
        self._proposed_m = None
        self._render(replace(state, standing=standing))
        self.photos.show(expense_id)  # not before: the form of before is saved, and is left
        self._show(replace(self.state, photos=self.photos.state))
        self._propose(state.day)

    def refresh(self) -> None:
        """Say kind and day in the language of now."""
        if self.state.day:
            self.photos.refresh()
            self._render(self.state)

    def kinds(self) -> Choices:
        """Return what money is spent on."""
        return [(str(kind), EXPENSE_ICONS[kind], _(words)) for kind, words in EXPENSE_KINDS.items()]

    def currencies(self) -> Choices:
        """Return the currencies to choose from; the one of the expense is always among them."""
        known = dict.fromkeys([*self._expenses.currencies(), self.state.currency])
        return [(code, "currency-usd", code) for code in known]

    def choose_currency(self, code: str) -> None:
        """Take the currency."""
        self._render(replace(self.state, currency=code))
        self.keep()

    def days(self) -> Choices:
        """Return days to choose from."""
        return days_back(self._expenses.today(), count=_DAYS)

    def choose_kind(self, kind: str) -> None:
        """Take the kind."""
        self._render(replace(self.state, kind=kind))
        self.keep()

    def choose_day(self, key: str) -> None:
        """Take the day; its track proposes the mileage."""
        self._render(replace(self.state, day=key))
        self._propose(key)
        self.keep()

    def take_proposal(self) -> None:
        """Write the track's distance into the form."""
        if self._proposed_m is not None:
            self._render(replace(self.state, mileage=_kilometres(self._proposed_m)))
            self.keep()

    def discard(self) -> Callable[[], None]:
        """Forget what is not saved, with its receipts; return what brings it back."""
        removed = self._expenses.discard_receipts(self.state.expense_id)
        bring_back = super().discard()

        def undo() -> None:
            self._expenses.bring_receipts_back(removed)
            bring_back()

        return undo

    def keep(self) -> None:
        """Keep the form, unless it was saved."""
        state = self.state
        if state.day and not state.is_saved:
            self._draft.keep({name: getattr(state, name) for name in ("expense_id", *_FIELDS)})

    def save(self, *, hand_in: bool) -> None:
        """Record the expense, as a draft or handed in, or say what is wrong."""
        state = self.state
        amount_minor = read_money(state.amount, state.currency)
        mileage_m = _metres(state.mileage)
        problems = []
        if not amount_minor:
            example = _example(state.currency)
            problems.append(
                (
                    "amount_minor",
                    _("Write an amount above 0, such as %(example)s.", example=example),
                )
            )
        if state.mileage.strip() and mileage_m is None:
            problems.append(("mileage_m", _("Write kilometres between 0 and 5,000.")))
        if problems:
            self._show(replace(state, problems=tuple(problems)))
            return
        assert amount_minor is not None
        try:
            self._expenses.save(
                NewExpense(
                    day=read_day(state.day) or self._expenses.today(),
                    kind=ExpenseKind(state.kind),
                    amount_minor=amount_minor,
                    currency=state.currency,
                    mileage_m=mileage_m,
                    note=state.note,
                    state=ExpenseState.SUBMITTED if hand_in else ExpenseState.DRAFT,
                ),
                expense_id=state.expense_id,
            )
        except InvalidRecordError as error:
            self._show(replace(state, problems=((error.field, field_problem(error)),)))
            return
        self._draft.clear()
        self._show(replace(state, is_saved=True))

    def _is_touched(self, state: ExpenseForm) -> bool:
        has_new_receipt = any(is_unsaved(tile.key) for tile in state.photos.tiles)
        return has_new_receipt or super()._is_touched(state)

    def _propose(self, day: str) -> None:
        """Work the day's distance out beside the UI thread."""
        wanted = read_day(day) or self._expenses.today()

        def show(metres: int | None) -> None:
            if self.state.day == day:
                self._proposed_m = metres
                self._render(self.state)

        self._background(lambda: self._expenses.mileage_m(wanted), show)

    def _render(self, state: ExpenseForm) -> None:
        today = self._expenses.today()
        proposal = ""
        if self._proposed_m:
            way = distance(self._proposed_m)
            proposal = _("Your track of that day: %(distance)s", distance=way)
        self._show(
            replace(
                state,
                kind_words=_(EXPENSE_KINDS[ExpenseKind(state.kind)]),
                day_words=short_day(read_day(state.day) or today, today),
                amount_hint=_example(state.currency),
                has_currencies=len(self._expenses.currencies()) > 1
                or state.currency not in self._expenses.currencies(),
                proposal=proposal,
            )
        )


def _example(currency: str) -> str:
    """Return an amount such as one writes it."""
    return plain_money(to_minor(Decimal(50_000 if currency == "IDR" else 50), currency), currency)


def _kilometres(metres: int | None) -> str:
    return "" if metres is None else number(metres / 1000, 1)


def _metres(text: str) -> int | None:
    """Return typed kilometres as metres; None where they are none."""
    kilometres = read_number(text.strip().removesuffix("km"))
    metres = None if kilometres is None else round(kilometres * 1000)
    return metres if metres is not None and 0 <= metres <= MAX_MILEAGE_M else None
