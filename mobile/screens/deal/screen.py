"""The form of one deal."""

from collections.abc import Callable
from functools import partial

from mobile.screens.screen import FormScreen
from mobile.widgets.rules import load_rules
from shared.i18n import N_, _


class DealScreen(FormScreen):
    """Keeps what is typed, and leaves once it is saved."""

    SAVED = N_("The deal is saved.")

    def choose_customer(self) -> None:
        """Choose for whom it is; a deal that is there keeps its customer."""
        if not self.state.deal_id:
            self.ways.pick("customer", self.view_model.choose_customer)

    def choose_source(self) -> None:
        """Ask where the lead came from."""
        if not self.state.deal_id:
            self.ask(
                self.view_model.choose_source,
                title=_("Where did the lead come from?"),
                choices=self.view_model.sources(),
                chosen=self.state.source,
            )

    def choose_currency(self) -> None:
        """Ask in which money it is."""
        if self.state.may_choose_currency:
            self.ask(
                self.view_model.choose_currency,
                title=_("Which currency?"),
                choices=self.view_model.currencies(),
                chosen=self.state.currency,
            )

    def choose_day(self) -> None:
        """Ask when it may close."""
        self.ask(
            self.view_model.choose_day,
            title=_("When will it close?"),
            choices=self.view_model.days(),
            chosen=self.state.close_on,
        )

    def add_product(self) -> None:
        """Choose a product, then how many."""
        self.ways.pick("product", self.edit_line, currency=self.view_model.currency)

    def edit_line(self, product_id: str) -> None:
        """Open a product's line."""
        model = self.view_model
        self.ways.line(
            model.line_of(product_id),
            model.currency,
            lambda line: model.put_line(product_id, line),
        )

    def again(self) -> Callable[[], None]:
        """Return what opens this very form anew."""
        customer_id = "" if self.state.deal_id else self.state.customer_id
        return partial(self.ways.deal, self.state.deal_id, customer_id=customer_id)


load_rules(__file__)
