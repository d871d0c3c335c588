"""The rep's pipeline."""

from mobile.screens.deals.view_model import ALL, MOVE
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _


class DealsScreen(BoundScreen):
    """Lists deals by stage; a tap says what can be done with one."""

    def choose(self, key: str) -> None:
        """Ask what to do with a deal, or show all of a stage."""
        if key.startswith(ALL):
            self.view_model.show_stage(key.removeprefix(ALL))
            return
        self.ask(
            lambda chosen: self._do(key, chosen),
            title=self.view_model.title(key),
            text=self.view_model.words(key),
            choices=self.view_model.choices(key),
            cancel=_("Close"),
        )

    def go_back(self) -> None:
        """Go back to all stages, then off the screen."""
        if self.state.stage_key:
            self.view_model.show_stage("")
        else:
            self.ways.back()

    def _do(self, deal_id: str, key: str) -> None:
        if key == "change":
            self.ways.deal(deal_id)
        elif key == "customer":
            self.ways.customer(self.view_model.customer_id(deal_id))
        elif key == "sync":
            self.ways.tab("sync")
        else:
            self._move(deal_id, key.removeprefix(MOVE))

    def _move(self, deal_id: str, stage_key: str) -> None:
        if self.view_model.asks_reason(stage_key):
            self.ask(
                lambda reason: self._moved(deal_id, stage_key, reason),
                title=_("Why is it lost?"),
                choices=self.view_model.reasons(),
                cancel=_("Not lost"),
            )
        else:
            self._moved(deal_id, stage_key, "")

    def _moved(self, deal_id: str, stage_key: str, reason: str) -> None:
        before, old_reason = self.view_model.move(deal_id, stage_key, reason=reason)
        self.ways.say(
            _("Moved to %(stage)s.", stage=self.view_model.stage_name(stage_key)),
            lambda: self.view_model.move(deal_id, before, reason=old_reason),
        )


load_rules(__file__)
