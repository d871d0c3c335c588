"""The rep's expenses."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _
from shared.vocabulary import ExpenseState


class ExpensesScreen(BoundScreen):
    """Lists expenses; a tap says what can be done with one."""

    def choose(self, expense_id: str) -> None:
        """Ask what to do with an expense."""
        self.ask(
            lambda key: self._do(expense_id, key),
            title=self.view_model.title(expense_id),
            text=self.view_model.words(expense_id),
            choices=self.view_model.choices(expense_id),
            cancel=_("Close"),
        )

    def _do(self, expense_id: str, key: str) -> None:
        if key == "change":
            self.ways.expense(expense_id)
        elif key == "sync":
            self.ways.tab("sync")
        elif key == "delete":
            self._ask_to_delete(expense_id)
        elif key == ExpenseState.SUBMITTED:
            self.view_model.set_state(expense_id, ExpenseState.SUBMITTED)
            self.ways.say(
                _("The expense is handed in."),
                lambda: self.view_model.set_state(expense_id, ExpenseState.DRAFT),
            )
        else:
            self.view_model.set_state(expense_id, ExpenseState.DRAFT)
            self.ways.say(_("The expense is a draft again."))

    def _ask_to_delete(self, expense_id: str) -> None:
        self.ask(
            lambda _key: self.view_model.delete(expense_id),
            title=_("Delete this expense?"),
            text=self.view_model.title(expense_id),
            confirm=_("Delete"),
            cancel=_("Keep it"),
            is_dangerous=True,
        )


load_rules(__file__)
