"""The sync screen."""

from pathlib import Path

from mobile.screens.screen import BoundScreen
from mobile.services.views import Way
from mobile.widgets.rules import load_rules
from shared.i18n import _


class SyncScreen(BoundScreen):
    """Explains each record when it is tapped."""

    def explain(self, record_id: str) -> None:
        """Say what has become of a record."""
        title, words = self.view_model.explain(record_id)
        self.ask(
            lambda way: self.solve(record_id, way),
            title=title,
            text=words,
            choices=self.view_model.ways(record_id),
            cancel=_("Close"),
        )

    def solve(self, record_id: str, way: str) -> None:
        """Settle a record, or open its form."""
        if way == Way.CORRECT:
            self.ways.correct(*self.view_model.to_correct(record_id))
        else:
            self.view_model.solve(record_id, way)

    def save_report(self) -> None:
        """Save a report of how sync stands, and say where it is."""
        self.view_model.save_report(self._say_where)

    def _say_where(self, file: Path) -> None:
        self.ask(
            lambda _key: None,
            title=_("The report is saved"),
            text="\n\n".join(
                (
                    _("File: %(name)s", name=file.name),
                    _("Folder: %(folder)s", folder=file.parent),
                    _(
                        "Send it to whoever helps you. It says how sending and fetching went, "
                        "not where you were or what you recorded."
                    ),
                )
            ),
            cancel=_("Close"),
        )


load_rules(__file__)
