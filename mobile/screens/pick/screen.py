"""Choosing a customer or a product."""

from collections.abc import Iterable
from typing import Any

from mobile.screens.screen import BoundScreen
from mobile.screens.view_model import RowState
from mobile.widgets.rules import load_rules


class PickScreen(BoundScreen):
    """Searches while the rep types; a tap goes back with what was chosen."""

    def compact_rows(self, rows: Iterable[RowState]) -> list[dict[str, Any]]:
        """Return the properties of the list's rows, only those it shows."""
        names = ("key", "badge", "title", "detail", "figure")
        return [
            {
                **{name: getattr(row, name) for name in names},
                "is_class": self.state.are_customers,
                "when_chosen": self.choose,
            }
            for row in rows
        ]

    def choose(self, key: str) -> None:
        """Go back with what was chosen."""
        self.ways.back()
        self.view_model.choose(key)


load_rules(__file__)
