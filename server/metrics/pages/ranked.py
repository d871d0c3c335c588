"""Reps side by side: of a thousand only what orders them, and the rest of those on the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.metrics.pages.view import View
from server.metrics.sql.reach import By
from server.web.metric_tables import Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The reps of a table."""

    reps: Sequence[Holder]
    """With the values that order them, or with all."""
    shown: Callable[[Sequence[str]], Sequence[Holder]] | None = None
    """Gives some of them with all values, where they have only those yet."""


def ranked(
    view: View, keys: Sequence[str], ordered_by: Sequence[str], *, compares_all: bool
) -> Ranked:
    """
    Return the reps and how to read what is shown of them.

    :param keys: metrics of the table
    :param ordered_by: those that must be known of every rep
    :param compares_all: whether all values of all reps are needed, as for colours by quartile
    """
    if view.is_sliced:
        return Ranked(reps=view.groups(keys, by=By.REP))
    if compares_all or not view.is_about_everybody:
        return Ranked(reps=view.standings(keys, among=keys))
    return Ranked(
        reps=view.standings(list(dict.fromkeys(ordered_by)), among=keys),
        shown=lambda rep_ids: view.standings(keys, among=keys, rep_ids=rep_ids),
    )
