"""What the rep chose about the look, kept among the phone's preferences."""

from dataclasses import asdict

from mobile.services.settings import SettingsService
from mobile.settings import Look


class LookService:
    """Reads and keeps the look as one thing."""

    def __init__(self, *, settings: SettingsService, language: str) -> None:
        """Take the preferences, and the language until the rep chooses one."""
        self._settings = settings
        self._language = language

    def look(self) -> Look:
        """Return what was chosen."""
        return Look(
            language=self._settings.get("language", self._language),
            text_scale=float(self._settings.get("text_scale", "1.0")),
            theme=self._settings.get("theme", "system"),
        )

    def keep(self, look: Look) -> None:
        """Keep what was chosen."""
        for name, value in asdict(look).items():
            self._settings.set(name, str(value))
