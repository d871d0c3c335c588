"""Maximum likelihood for parameters that must be positive."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from server.lifetime.operations.history import Floats


class NotFittedError(ValueError):
    """No parameters were found: the customers say too little."""


_IMPOSSIBLE = 1e300
_WIDEST = 8.0
"""Bound of the parameters' logarithms, about 0.0003 to 3,000.

Where, say, no customer ever leaves, the likelihood grows without end towards a model without
leaving; a parameter at its bound is that model for all purposes.
"""


def most_likely(
    log_likelihood: Callable[[Floats], float], *, start: Sequence[float]
) -> tuple[list[float], float]:
    """
    Return the positive parameters with the greatest log-likelihood, and that.

    Sought in logarithms, so that no step leaves the positive numbers.

    :raises NotFittedError: if the search does not converge
    """

    def cost(logarithms: Floats) -> float:
        value = -log_likelihood(np.exp(logarithms))
        return value if np.isfinite(value) else _IMPOSSIBLE

    with np.errstate(all="ignore"):
        found = minimize(
            cost,
            np.log(np.asarray(start, dtype=float)),
            method="Nelder-Mead",
            bounds=[(-_WIDEST, _WIDEST)] * len(start),
            options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-9, "fatol": 1e-9},
        )
    if not found.success or found.fun >= _IMPOSSIBLE:
        raise NotFittedError(str(found.message))
    return [float(value) for value in np.exp(found.x)], -float(found.fun)
