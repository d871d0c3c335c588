"""
Gamma-Gamma: what a customer's purchases will be worth on average.

Fader & Hardie, The Gamma-Gamma Model of Monetary Value (2013). The value of a purchase varies
around a mean of the customer's own (gamma: p), and the means vary between customers (gamma: q,
gamma).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from server.lifetime.operations.history import BuyingHistory, Floats
from server.lifetime.operations.likelihood import most_likely


@dataclass(frozen=True, kw_only=True)
class GammaGamma:
    """The fitted parameters, and how likely they make what was seen; money in major units."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    @classmethod
    def fit(cls, history: BuyingHistory) -> "GammaGamma":
        """
        Return the model under which the values of those who bought again are most likely.

        :raises NotFittedError: if there is none
        """
        again = history.bought_again
        x, mean = history.repeats[again], history.mean_value[again]
        # In units of the typical purchase, so that the search starts near in any currency.
        unit = float(np.median(mean)) if len(mean) else 1.0
        (p, q, gamma), likelihood = most_likely(
            lambda parameters: _log_likelihood(parameters, x, mean / unit), start=(2, 2, 1)
        )
        scaled = likelihood - len(mean) * float(np.log(unit))
        return cls(p=p, q=q, gamma=gamma * unit, log_likelihood=scaled)

    def expected_value(self, history: BuyingHistory) -> Floats:
        """Return E[M | p, q, gamma, mean, x] (equation 5), n values; the mean of all without x."""
        x = np.where(history.bought_again, history.repeats, 0)
        weight = self.p * x + self.q - 1
        return self.p * (self.gamma + x * history.mean_value) / weight


def _log_likelihood(parameters: Floats, x: Floats, mean: Floats) -> float:
    p, q, gamma = parameters
    return float(
        np.sum(
            gammaln(p * x + q)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(gamma)
            + (p * x - 1) * np.log(mean)
            + p * x * np.log(x)
            - (p * x + q) * np.log(gamma + x * mean)
        )
    )
