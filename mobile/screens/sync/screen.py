"""The sync screen."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _


class SyncScreen(BoundScreen):
    """Explains each record when it is tapped."""

    def explain(self, record_id: str) -> None:
        """Say what has become of a record."""
        title, words = self.view_model.explain(record_id)
        self.ask(
            lambda way: self.view_model.solve(record_id, way),
            title=title,
            text=words,
            choices=self.view_model.ways(record_id),
            cancel=_("Close"),
        )


load_rules(__file__)
