"""Waiting after failures: never longer than 15 minutes, spread, and the server's word wins."""

import random

from hypothesis import given
from hypothesis import strategies as st

from mobile.sync.backoff import LONGEST_S, delay_s


@given(st.integers(0, 10_000), st.randoms())
def test_the_wait_is_bounded(failures: int, rng: random.Random) -> None:
    assert 0 <= delay_s(failures, rng) <= min(LONGEST_S, 2.0 * 2 ** min(failures, 30))


def test_phones_do_not_come_back_at_once() -> None:
    waits = {round(delay_s(5, random.Random(seed))) for seed in range(50)}

    assert len(waits) > 20


@given(st.floats(0, 3600), st.randoms())
def test_the_servers_word_wins(retry_after_s: float, rng: random.Random) -> None:
    assert retry_after_s <= delay_s(20, rng, retry_after_s=retry_after_s) <= retry_after_s + 2.0
