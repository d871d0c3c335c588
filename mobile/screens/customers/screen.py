"""The list of customers."""

from collections.abc import Iterable
from typing import Any

from mobile.screens.screen import BoundScreen
from mobile.screens.view_model import RowState
from mobile.widgets.rules import load_rules


class CustomersScreen(BoundScreen):
    """Searches while the rep types."""

    def compact_rows(self, rows: Iterable[RowState]) -> list[dict[str, Any]]:
        """Return the properties of the list's rows, only those it shows."""
        return [
            {
                "key": row.key,
                "badge": row.badge,
                "title": row.title,
                "detail": row.detail,
                "figure": row.figure,
                "when_chosen": self.ways.customer,
            }
            for row in rows
        ]


load_rules(__file__)
