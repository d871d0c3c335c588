"""How long to wait after a failure: full jitter, so that phones do not all come back at once."""

import random

FIRST_S = 2.0
LONGEST_S = 900.0
BACK_ONLINE_S = 5.0


def delay_s(failures: int, rng: random.Random, *, retry_after_s: float | None = None) -> float:
    """
    Return the seconds to wait after so many failures in a row; the server's own word wins.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
    """
    if retry_after_s is not None:
        return retry_after_s + rng.uniform(0, FIRST_S)
    ceiling = min(LONGEST_S, FIRST_S * 2 ** min(failures, 30))
    return rng.uniform(0, ceiling)
