"""Row widgets that stay with what they are about when a recycled list is shown anew."""

from typing import Any

from kivy.uix.recycleview.views import RecycleDataAdapter


class KeptRows(RecycleDataAdapter):
    """
    Gives each key of the data the widget it had before.

    Kivy hands the widgets out anew in any order when data change. A finger that was on one row
    when that happened would let go on another, and count or open something else.
    """

    views: dict[int, Any]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._kept: dict[str, Any] = {}

    def invalidate(self) -> None:
        """Keep what is shown by key; let go of what was kept before and not wanted since."""
        shown = self.views
        if shown:  # Kivy calls this twice for one change
            self.views = dict(enumerate(self._kept.values()))
            self._kept = {view.key: view for view in shown.values()}
        super().invalidate()

    def get_view(self, index: int, data_item: dict[str, Any], viewclass: type | None) -> Any:
        """Return the widget kept for the row's key, brought up to date, or another one."""
        view = self._kept.get(data_item["key"])
        if view is None or type(view) is not viewclass:
            return super().get_view(index, data_item, viewclass)
        del self._kept[data_item["key"]]
        self.refresh_view_attrs(index, data_item, view)
        return view
