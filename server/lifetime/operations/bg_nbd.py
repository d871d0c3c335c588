"""
BG/NBD: how often customers will buy, and whether they still do.

Fader, Hardie & Lee, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model,
Marketing Science 24 (2005). Customers buy at random at a rate of their own (gamma: r, alpha) and
after each purchase leave with a probability of their own (beta: a, b). Time is in weeks.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, hyp2f1

from server.lifetime.operations.history import BuyingHistory, Floats
from server.lifetime.operations.likelihood import most_likely


@dataclass(frozen=True, kw_only=True)
class BgNbd:
    """The fitted parameters, and how likely they make what was seen."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    @classmethod
    def fit(cls, history: BuyingHistory) -> "BgNbd":
        """
        Return the model under which these histories are most likely.

        :raises NotFittedError: if there is none
        """
        (r, alpha, a, b), likelihood = most_likely(
            lambda parameters: _log_likelihood(parameters, history), start=(1, 1, 1, 1)
        )
        return cls(r=r, alpha=alpha, a=a, b=b, log_likelihood=likelihood)

    def expected_purchases(self, history: BuyingHistory, weeks: float) -> Floats:
        """Return E[Y(t) | x, t_x, T] (equation 10): purchases in the coming weeks, n values."""
        x, age = history.repeats, history.age_weeks
        after = self.alpha + age + weeks
        rate = self.r + x
        growth = hyp2f1(rate, self.b + x, self.a + self.b + x - 1, weeks / after)
        stays = 1 - ((self.alpha + age) / after) ** rate * growth
        return (self.a + self.b + x - 1) / (self.a - 1) * stays * self.probability_alive(history)

    def probability_alive(self, history: BuyingHistory) -> Floats:
        """Return the probability that each customer still buys; 1 before the first repeat."""
        x = history.repeats
        odds = (self.a / np.maximum(self.b + x - 1, 1e-12)) * (
            (self.alpha + history.age_weeks) / (self.alpha + history.recency_weeks)
        ) ** (self.r + x)
        return 1 / (1 + np.where(x > 0, odds, 0))


def _log_likelihood(parameters: Floats, history: BuyingHistory) -> float:
    r, alpha, a, b = parameters
    x = history.repeats
    common = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
    )
    still_buys = -(r + x) * np.log(alpha + history.age_weeks)
    has_left = np.where(
        x > 0,
        np.log(a)
        - np.log(np.maximum(b + x - 1, 1e-300))
        - (r + x) * np.log(alpha + history.recency_weeks),
        -np.inf,
    )
    return float(np.sum(common + np.logaddexp(still_buys, has_left)))
