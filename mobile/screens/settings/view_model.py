"""Language, text size, theme, the account, what is recorded, and signing out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from mobile.screens.formats import file_size
from mobile.screens.view_model import Background, ViewModel
from mobile.services.room import Room
from mobile.settings import Look
from shared.i18n import LANGUAGES, N_, _, ngettext

_LANGUAGE_NAMES = {"en": "English", "id": "Bahasa Indonesia"}
_THEMES = {"system": N_("As the phone"), "light": N_("Light"), "dark": N_("Dark")}
_TEXT_SIZES = {
    "1.0": N_("Normal"),
    "1.3": N_("Large"),
    "1.6": N_("Very large"),
    "2.0": N_("Largest"),
}


class Preferences(Protocol):
    """What the rep chose, kept on the phone."""

    def look(self) -> Look:
        """Return the choices."""

    def keep(self, look: Look) -> None:
        """Keep the choices."""


class DataChoices(Protocol):
    """What may use the network, and the vibrator."""

    @property
    def sends_photos_on_wifi_only(self) -> bool:
        """Whether photos wait for a network that costs nothing."""

    def send_photos_on_wifi_only(self, *, is_wanted: bool) -> None:
        """Keep that choice."""

    @property
    def buzzes(self) -> bool:
        """Whether the phone is felt when something was recorded."""

    def buzz(self, *, is_wanted: bool) -> None:
        """Keep that choice."""


class RoomService(Protocol):
    """Knows the room that is taken."""

    def measure(self) -> Room:
        """Return it."""

    def clear_safe_photos(self) -> Room:
        """Delete the photos the office has; return the room taken then."""

    def clear_damaged(self) -> Room:
        """Delete the damaged databases that were kept aside; return the room taken then."""


class ReminderChoice(Protocol):
    """Whether the rep is reminded."""

    @property
    def are_wanted(self) -> bool:
        """Whether that is so."""

    def want(self, *, is_wanted: bool) -> None:
        """Keep that choice."""


class AccountService(Protocol):
    """Whose phone this is."""

    def rep_name(self) -> str:
        """Return the rep's name."""

    def server(self) -> str:
        """Return the server's address."""

    def device_name(self) -> str:
        """Return how the office calls this phone."""

    def unsent(self) -> int:
        """Return how many records wait on this phone."""

    def sign_out(self) -> None:
        """Forget the rep and all data.

        :raises UnsentWorkError: while records wait
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsState:
    """What the screen shows."""

    language: str = ""
    text_size: str = ""
    theme: str = ""
    rep: str = ""
    server: str = ""
    device: str = ""
    recorded: str = ""
    photos_wifi_only: bool = False
    reminders: bool = True
    buzzes: bool = True
    room: str = ""
    safe_photos: str = ""
    """What could be deleted without a loss; empty: nothing."""
    damaged: str = ""
    """How large the damaged data are that were kept aside; empty: there are none."""
    refusal: str = ""
    """Why signing out must wait."""


class SettingsViewModel(ViewModel[SettingsState]):
    """Changes the look at once, and refuses to drop work that was not sent."""

    def __init__(
        self,
        *,
        preferences: Preferences,
        account: AccountService,
        data: DataChoices,
        reminders: ReminderChoice,
        room: RoomService,
        background: Background,
    ) -> None:
        super().__init__(SettingsState())
        self._preferences = preferences
        self._account = account
        self._data = data
        self._reminders = reminders
        self._room = room
        self._background = background
        self._taken: Room | None = None
        self.on_change: Callable[[], None] = lambda: None
        """Called after the look changed; the app applies it."""

    def refresh(self) -> None:
        """Read everything anew; the room is measured beside the UI thread."""
        self._background(self._room.measure, self._show_room)
        self._read()

    def clear_safe_photos(self) -> None:
        """Delete the photos the office has."""
        self._background(self._room.clear_safe_photos, self._show_room)

    def clear_damaged(self) -> None:
        """Delete the damaged data that were kept aside."""
        self._background(self._room.clear_damaged, self._show_room)

    def damaged_words(self) -> str:
        """Return what to think of before the damaged data are deleted."""
        return _(
            "If something you recorded is missing, give this folder to your administrator first: "
            "%(folder)s",
            folder=self._taken.damaged_in if self._taken else "",
        )

    def _show_room(self, room: Room) -> None:
        # Only this: by now the phone may be nobody's.
        self._taken = room
        self._show(
            replace(
                self.state,
                room=_room_words(room),
                safe_photos=_safe_words(room),
                damaged=_damaged_words(room),
            )
        )

    def _read(self) -> None:
        look = self._preferences.look()
        unsent = self._account.unsent()
        self._show(
            SettingsState(
                language=_LANGUAGE_NAMES[look.language],
                text_size=_(_TEXT_SIZES[f"{look.text_scale:.1f}"]),
                theme=_(_THEMES[look.theme]),
                rep=self._account.rep_name(),
                server=self._account.server(),
                device=self._account.device_name(),
                recorded=_(
                    "Between the start and the end of your day: visits with position and time, "
                    "and your route. Nothing outside it."
                ),
                photos_wifi_only=self._data.sends_photos_on_wifi_only,
                reminders=self._reminders.are_wanted,
                buzzes=self._data.buzzes,
                room=_room_words(self._taken),
                safe_photos=_safe_words(self._taken),
                damaged=_damaged_words(self._taken),
                refusal=""
                if not unsent
                else ngettext(
                    "%(count)s record is not sent yet. Signing out would lose it, so connect to "
                    "a network and sync first.",
                    "%(count)s records are not sent yet. Signing out would lose them, so connect "
                    "to a network and sync first.",
                    unsent,
                ),
            )
        )

    def languages(self) -> tuple[list[tuple[str, str, str]], str]:
        """Return the choices as (key, icon, words), and the chosen key."""
        choices = [(key, "translate", _LANGUAGE_NAMES[key]) for key in LANGUAGES]
        return choices, self._preferences.look().language

    def text_sizes(self) -> tuple[list[tuple[str, str, str]], str]:
        """Return the choices as (key, icon, words), and the chosen key."""
        choices = [(key, "format-size", _(words)) for key, words in _TEXT_SIZES.items()]
        return choices, f"{self._preferences.look().text_scale:.1f}"

    def themes(self) -> tuple[list[tuple[str, str, str]], str]:
        """Return the choices as (key, icon, words), and the chosen key."""
        icons = {
            "system": "theme-light-dark",
            "light": "white-balance-sunny",
            "dark": "weather-night",
        }
        choices = [(key, icons[key], _(words)) for key, words in _THEMES.items()]
        return choices, self._preferences.look().theme

    def choose_language(self, key: str) -> None:
        """Speak another language from now on."""
        self._keep(replace(self._preferences.look(), language=key))

    def choose_text_size(self, key: str) -> None:
        """Write larger or smaller from now on."""
        self._keep(replace(self._preferences.look(), text_scale=float(key)))

    def choose_theme(self, key: str) -> None:
        """Paint light or dark from now on."""
        self._keep(replace(self._preferences.look(), theme=key))

    def send_photos_on_wifi_only(self, *, is_wanted: bool) -> None:
        """Let photos wait for Wi-Fi, or not."""
        self._data.send_photos_on_wifi_only(is_wanted=is_wanted)
        self.refresh()

    def remind(self, *, is_wanted: bool) -> None:
        """Remind, or not."""
        self._reminders.want(is_wanted=is_wanted)
        self._read()

    def buzz(self, *, is_wanted: bool) -> None:
        """Let the phone be felt, or not."""
        self._data.buzz(is_wanted=is_wanted)
        self._read()

    def sign_out(self) -> bool:
        """Forget the rep and the data; False while records wait."""
        self.refresh()
        if self.state.refusal:
            return False
        self._account.sign_out()
        return True

    def _keep(self, look: Look) -> None:
        self._preferences.keep(look)
        self.on_change()
        self.refresh()


def _room_words(room: Room | None) -> str:
    if room is None:
        return ""
    return _(
        "Records and customers %(records)s, photos %(photos)s",
        records=file_size(room.records),
        photos=file_size(room.photos),
    )


def _damaged_words(room: Room | None) -> str:
    if room is None or not room.damaged:
        return ""
    return _("Kept aside when they were damaged: %(size)s", size=file_size(room.damaged))


def _safe_words(room: Room | None) -> str:
    if room is None or not room.safe_photos:
        return ""
    return ngettext(
        "%(count)s photo is at the office: its %(size)s here can go.",
        "%(count)s photos are at the office: their %(size)s here can go.",
        room.safe_photos,
        size=file_size(room.safe_bytes),
    )
