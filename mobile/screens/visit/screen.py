"""The visit: measuring at check-in, then the work at the outlet, then check-out."""

from typing import Any

from kivy.clock import Clock

from mobile.screens.screen import ShowsPhotos
from mobile.screens.visit.view_model import VisitState
from mobile.widgets.rules import load_rules
from shared.i18n import _

_NOTES_AFTER_S = 0.8


class VisitScreen(ShowsPhotos):
    """Leads through one visit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._saving = Clock.create_trigger(lambda _dt: self.save(), _NOTES_AFTER_S)

    def on_state(self, _: Any, state: VisitState) -> None:
        """Show what the phase needs; leave once the visit is over."""
        if "phases" in self.ids and state.phase in {"sampling", "open"}:
            self.ids.phases.current = state.phase
        if state.phase == "done":
            self.ways.say(state.message)
            self.view_model.leave()
            self.ways.tab("today")

    def go_back(self) -> None:
        """Go back; an open visit stays open, measuring ends."""
        if self.state.phase == "sampling":
            self.view_model.leave()
        self.ways.back()

    def save(self) -> None:
        """Keep what was typed."""
        self._saving.cancel()
        if self.state.phase == "open":
            self.view_model.set_notes(self.ids.notes.text)

    def notes_typed(self, notes: str) -> None:
        """Save the notes soon: at once would write at every letter."""
        self.view_model.type_notes(notes)
        self._saving()

    def choose_no_sale(self) -> None:
        """Ask why there is no order."""
        self.ask(
            self.view_model.set_no_sale,
            title=_("Why is there no order?"),
            choices=self.view_model.no_sale_choices(),
            chosen=self.state.no_sale_reason,
        )

    def add_task(self) -> None:
        """Note what was promised here."""
        visit_id, customer_id = self.view_model.subject()
        self.ways.task("", customer_id=customer_id, visit_id=visit_id)

    def check_in(self) -> None:
        """Begin the visit; outside ask first for what the office wants to know."""
        if self.state.needed == "note":
            self.ask(
                lambda note: self.view_model.check_in(note=note),
                title=_("You are outside"),
                text=_("Your office asks why you check in from here. It goes into the notes."),
                field=_("Why outside?"),
                confirm=_("Check in"),
            )
        elif self.state.needed == "code":
            self.ask(
                lambda code: self.view_model.check_in(code=code),
                title=_("You are outside"),
                text=_("Your office asks for a code here. Your manager has one, also offline."),
                field=_("Code"),
                is_number=True,
                confirm=_("Check in"),
            )
        else:
            self.view_model.check_in()

    def check_out(self) -> None:
        """End the visit."""
        self.save()
        self.view_model.check_out()

    def cancel(self) -> None:
        """Ask for the reason, then once more; an order is taken back first."""
        if self.state.has_order:
            self.ways.say(_("Take the order back first: set all its quantities to 0."))
            return
        self.ask(
            self._confirm_cancel,
            title=_("Why cancel the visit?"),
            text=_("The check-in stays recorded, with the reason."),
            choices=self.view_model.cancel_choices(),
        )

    def _confirm_cancel(self, reason: str) -> None:
        self.ask(
            lambda _key: self.view_model.cancel(reason),
            title=_("Cancel the visit at %(name)s?", name=self.state.name),
            confirm=_("Cancel the visit"),
            cancel=_("Go on with the visit"),
            is_dangerous=True,
        )


load_rules(__file__)
