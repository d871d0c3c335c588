"""The visit form: questions with their options to tap, one after the other."""

from collections.abc import Iterable
from typing import Any

from kivy.factory import Factory
from kivy.properties import ListProperty, StringProperty

from mobile.screens.questions.view_model import Card as CardState
from mobile.screens.questions.view_model import QuestionsState
from mobile.screens.screen import BoundScreen
from mobile.widgets.panels import Card
from mobile.widgets.rules import load_rules
from shared.i18n import _

_CLEAR = "clear"


class QuestionCard(Card):
    """A question, what may be answered, and rows to tap."""

    key = StringProperty("")
    title = StringProperty("")
    note = StringProperty("")
    note_tone = StringProperty("ink2")
    rows = ListProperty()
    tiles = ListProperty()
    """Of the picture that is the answer."""


class QuestionsScreen(BoundScreen):
    """Saves each answer as it is given."""

    def on_state(self, _screen: Any, state: QuestionsState) -> None:
        """Leave where the visit is over."""
        if state.is_over:
            self.ways.tab("today")

    def cards(self, cards: Iterable[CardState]) -> list[dict[str, Any]]:
        """Return the properties of the cards."""
        return [
            {
                "key": card.key,
                "title": card.title,
                "note": card.note,
                "note_tone": card.note_tone,
                "rows": self.rows(card.rows, self.choose),
                "tiles": [{**tile.properties(), "when_chosen": self.choose} for tile in card.tiles],
            }
            for card in cards
        ]

    def choose(self, key: str) -> None:
        """Take an option, or ask for what is to be written."""
        if not self.view_model.choose(key):
            return
        if not self.view_model.wants_photo(key):
            self.write(key)
        elif choices := self.view_model.photo_choices(key):
            self.ask(
                lambda choice: self._change_photo(key, choice),
                title=_("Photo"),
                choices=choices,
                cancel=_("Close"),
            )
        else:
            self.view_model.photograph(key)

    def _change_photo(self, question_id: str, choice: str) -> None:
        if choice == "again":
            self.view_model.photograph(question_id)
        else:
            self.view_model.clear(question_id)

    def write(self, question_id: str, value: str | None = None, problem: str = "") -> None:
        """Ask for an answer in words or in figures, until it is possible or given up."""
        entry = self.view_model.entry(question_id)

        def take(text: str) -> None:
            if text == _CLEAR:
                self.view_model.clear(question_id)
                return
            wrong = self.view_model.write(question_id, text)
            if wrong:
                self.write(question_id, text, wrong)

        self.ask(
            take,
            title=entry.title,
            text=problem or entry.text,
            field=_("Answer"),
            value=entry.value if value is None else value,
            is_number=entry.is_number,
            choices=[(_CLEAR, "close", _("Take the answer back"))] if entry.can_clear else [],
            confirm=_("Save"),
            cancel=_("Close"),
        )

    def repeat(self) -> None:
        """Answer the rest as last time, with a way back."""
        self.ways.say(_("Answered as last time."), undo=self.view_model.repeat())


Factory.register("QuestionCard", cls=QuestionCard)
load_rules(__file__)
