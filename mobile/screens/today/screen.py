"""The screen of the day."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _


class TodayScreen(BoundScreen):
    """Shows the day; leads to the next visit."""

    def begin(self) -> None:
        """Explain what is recorded, and start the day once the rep agrees."""
        self.ask(
            lambda _key: self.view_model.start_day(),
            title=_("Start your day"),
            text=_(
                "Between the start and the end of your day this phone records your visits with "
                "their position. Your route is switched off; you can switch it on under My records."
            )
            if self.state.has_withdrawn
            else _(
                "Between the start and the end of your day this phone records your visits with "
                "their position, and your route. Your manager sees it, and you see everything "
                "your manager sees. Before and after, nothing is recorded. You can switch the "
                "route off at any time under My records."
            ),
            confirm=_("Start") if self.state.has_withdrawn else _("I agree, start"),
            cancel=_("Not now"),
        )

    def finish(self) -> None:
        """End the day after a question; a visit ends first."""
        self.ask(
            lambda _key: self._finish(),
            title=_("End your day?"),
            text=_("Nothing is recorded after the end of your day. What waits is still sent."),
            confirm=_("End day"),
            cancel=_("Go on working"),
        )

    def _finish(self) -> None:
        if self.view_model.proposes_check_out():
            self.ways.visit()
        elif name := self.view_model.open_name():
            self.ways.say(_("Check out at %(name)s first.", name=name))
        else:
            self.view_model.end_day()

    def go_on(self) -> None:
        """Check in at the next stop, or go back to the visit that is going on."""
        call = self.state.next_call
        if call.is_open:
            self.ways.visit()
        elif self.state.phase == "before":
            self.begin()
        else:
            self.ways.check_in(call.customer_id, call.stop_id or None)


load_rules(__file__)
