"""What a model of a radio does to packets, counted without sending any."""

import itertools
from collections.abc import Iterable

import pytest

from tests.support.packets.radio import DOWN, UP, Link, Radio


def times(radio: Radio, sent_at: Iterable[float], *, size: int = 1_250) -> list[list[float]]:
    """Send packets of a hundredth of a megabit up."""
    return [radio.take(UP, size, at) for at in sent_at]


def radio(link: Link, *, seed: int = 7) -> Radio:
    made = Radio(seed)
    made.become(link, 0.0)
    return made


def test_packets_take_turns_at_the_rate_and_then_half_the_way() -> None:
    made = radio(Link(rate=1_000_000, round_trip_s=0.1))

    came = [at for [at] in times(made, [0.0, 0.0, 1.0])]

    assert came == pytest.approx([0.06, 0.07, 1.06])
    assert made.take(DOWN, 1_250, 0.0) == came[:1], "the other way is free"


def test_what_comes_when_the_queue_is_full_is_dropped() -> None:
    made = radio(Link(rate=1_000_000, queue_bytes=2_500))

    assert [len(came) for came in times(made, [0.0] * 5)] == [1, 1, 1, 0, 0]
    assert made.counts["dropped"] == 2


def test_a_share_is_lost_and_the_same_seed_loses_the_same() -> None:
    lost = [
        [number for number, came in enumerate(times(made, range(10_000))) if not came]
        for made in (radio(Link(lost=0.1)), radio(Link(lost=0.1)), radio(Link(lost=0.1), seed=8))
    ]

    assert 900 < len(lost[0]) < 1_100
    assert lost[0] == lost[1] != lost[2]


def test_what_is_late_keeps_its_place_and_what_is_held_back_loses_it() -> None:
    late = [at for [at] in times(radio(Link(jitter_s=5.0)), range(100))]
    assert late == sorted(late)
    assert max(at - sent for sent, at in enumerate(late)) > 2

    held_back = radio(Link(held_back=0.2, held_back_s=1.5))
    came = [at for [at] in times(held_back, range(1_000))]
    behind = sum(at > after for at, after in itertools.pairwise(came))
    assert 100 < behind <= held_back.counts["held back"] < 300


def test_some_come_twice() -> None:
    made = radio(Link(doubled=0.1))

    assert sum(len(came) == 2 for came in times(made, range(1_000))) == made.counts["doubled"]
    assert 50 < made.counts["doubled"] < 150


def test_a_link_that_flaps_loses_what_is_sent_or_comes_while_it_is_gone() -> None:
    made = radio(Link(up_s=3.0, down_s=3.0, round_trip_s=2.0))

    assert [len(came) for came in times(made, [0.5, 2.5, 3.5, 5.5, 6.5])] == [1, 1, 0, 0, 1]
    assert [made.gives(at) for at in (1.5, 3.5, 7.5)] == [True, False, True]
    assert made.counts == {"lost": 3, "carried": 2}


def test_a_link_is_cut_at_a_byte_until_it_becomes_another_one() -> None:
    made = radio(Link(cut_after=(3_000, None)))

    assert [len(came) for came in times(made, range(4))] == [1, 1, 0, 0]
    assert made.take(DOWN, 100, 9.0) == []
    assert not made.gives(9.0)

    made.become(Link(), 10.0)
    assert times(made, [11.0]) == [[11.0]]
