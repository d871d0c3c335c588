"""The form of one deal."""

from typing import Any

from kivy.clock import Clock

from mobile.screens.deal.view_model import DealForm
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _

_KEEP_AFTER_S = 0.8


class DealScreen(BoundScreen):
    """Keeps what is typed, and leaves once it is saved."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keeping = Clock.create_trigger(lambda _dt: self.save(), _KEEP_AFTER_S)

    def on_state(self, _: Any, state: DealForm) -> None:
        """Leave once the deal is saved."""
        if state.is_saved:
            self.ways.say(saved_words())
            self.ways.back()

    def typed(self, **words: str) -> None:
        """Take the words at once and keep them soon: a write at every letter would be too much."""
        self.view_model.type(**words)
        self._keeping()

    def save(self) -> None:
        """Keep what was typed as a draft."""
        self._keeping.cancel()
        self.view_model.keep()

    def finish(self) -> None:
        """Record the deal."""
        self.save()
        self.view_model.save()

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
        self.ways.pick("product", self.edit_line)

    def edit_line(self, product_id: str) -> None:
        """Open a product's line."""
        model = self.view_model
        self.ways.line(
            model.line_of(product_id),
            model.currency,
            lambda line: model.put_line(product_id, line),
        )


def saved_words() -> str:
    """Return what is said after saving."""
    return _("The deal is saved.")


load_rules(__file__)
