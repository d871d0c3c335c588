"""What the models of buying know of a customer: how often, when last, since when, for how much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BuyingHistory:
    """
    One row for each customer who ever bought, seen at the end of the window; arrays of length n.

    A day on which a customer buys counts once, however many orders it has. The first purchase is
    the start of the relation; all later ones are repeats.
    """

    customer_ids: Sequence[str]
    repeats: Floats
    """Days with a purchase, the first left out."""
    recency_weeks: Floats
    """From the first to the last purchase."""
    age_weeks: Floats
    """From the first purchase to the end of the window."""
    mean_value: Floats
    """Mean value of a day of repeat purchases in major units; 0 without any."""

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def bought_again(self) -> NDArray[np.bool_]:
        """Return who has a repeat purchase of some value: whom the model of value is fitted to."""
        return (self.repeats > 0) & (self.mean_value > 0)
