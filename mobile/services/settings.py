"""Choices of this phone's user: language, text size, light or dark, flight mode."""

from mobile.storage import preferences
from mobile.storage.database import Database

PHOTOS_WIFI_ONLY = "photos_wifi_only"
BUZZES_NOT = "haptics_off"


class SettingsService:
    """Reads and keeps choices, by name."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def get(self, name: str, default: str = "") -> str:
        """Return a choice."""
        with self._database.read() as connection:
            chosen = preferences.read(connection, name)
        return default if chosen is None else chosen

    @property
    def sends_photos_on_wifi_only(self) -> bool:
        """Whether photos wait for a network that costs nothing."""
        return self.get(PHOTOS_WIFI_ONLY) == "yes"

    def send_photos_on_wifi_only(self, *, is_wanted: bool) -> None:
        """Let photos wait for such a network, or not."""
        self.set(PHOTOS_WIFI_ONLY, "yes" if is_wanted else "no")

    @property
    def buzzes(self) -> bool:
        """Whether the phone is felt when something was recorded; at first yes."""
        return self.get(BUZZES_NOT) != "yes"

    def buzz(self, *, is_wanted: bool) -> None:
        """Let it be felt, or not."""
        self.set(BUZZES_NOT, "no" if is_wanted else "yes")

    def set(self, name: str, value: str) -> None:
        """Keep a choice."""
        with self._database.write() as connection:
            preferences.write(connection, name, value)
