"""Reminders: when to look, in which words, and through what the rep hears of them."""

from collections.abc import Callable
from typing import Protocol

from mobile.device.notices import Notices
from mobile.screens.view_model import Background
from mobile.services.reminders import Kind, Reminder
from shared.i18n import _, ngettext

_LOOK_EVERY = 60
"""Ticks, of a second each, between two looks."""


class ReminderService(Protocol):
    """Knows what is due."""

    def take_due(self) -> tuple[Reminder, ...]:
        """Return what is due and was not told today."""


class RemindersViewModel:
    """Looks once a minute beside the UI thread. It has no screen: the system shows its notices.

    Where the system shows none, as on a desktop, `say` shows the words in the app.
    """

    def __init__(
        self, *, reminders: ReminderService, notices: Notices, background: Background
    ) -> None:
        self._reminders = reminders
        self._notices = notices
        self._background = background
        self._ticks = 0
        self.say: Callable[[str], None] = lambda _words: None

    def tick(self) -> None:
        """Look, once a minute; called every second while the app is awake."""
        if self._ticks % _LOOK_EVERY == 0:
            self._background(self._reminders.take_due, self._tell)
        self._ticks += 1

    def _tell(self, due: tuple[Reminder, ...]) -> None:
        unseen = [
            words
            for reminder in due
            for title, words in [reminder_words(reminder)]
            if not self._notices.post(str(reminder.kind), title, words)
        ]
        if unseen:
            self.say("\n".join(unseen))


def reminder_words(reminder: Reminder) -> tuple[str, str]:
    """Return title and words of a reminder."""
    count = reminder.count
    match reminder.kind:
        case Kind.UNSENT:
            return _("Not sent yet"), ngettext(
                "%(count)s record has waited for more than a day. Connect to a network.",
                "%(count)s records wait, the first for more than a day. Connect to a network.",
                count,
            )
        case Kind.DAY_NOT_STARTED:
            return _("Your day"), _("You have visits today. Start your day.")
        case Kind.DAY_NOT_ENDED:
            return _("Your day"), _("Your day still runs. End it when you have finished.")
        case Kind.TASKS:
            return _("Tasks"), ngettext("%(count)s task is due.", "%(count)s tasks are due.", count)
        case Kind.VISITS:
            return _("Visits"), ngettext(
                "%(count)s planned visit is left today.",
                "%(count)s planned visits are left today.",
                count,
            )
