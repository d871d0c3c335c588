"""When a rep in no team had which customers: what is left between the times in teams."""

import numpy as np

from server.metrics.rollups.assigned import FOR_EVER
from server.metrics.sql.numbered import Spans


def spans(*some: tuple[int, int, int]) -> Spans:
    code, start, end = zip(*some, strict=True)
    return Spans(np.array(code, np.uint32), np.array(start), np.array(end))


def told(of: Spans) -> list[tuple[int, int, int]]:
    return list(zip(of.code.tolist(), of.start.tolist(), of.end.tolist(), strict=True))


def test_time_before_between_and_after_teams_is_kept_in_pieces() -> None:
    had = spans((16, 0, 100), (32, 55, FOR_EVER))

    assert told(had.outside([(80, 90), (20, 60)])) == [
        (16, 0, 20),
        (16, 60, 80),
        (32, 60, 80),
        (16, 90, 100),
        (32, 90, FOR_EVER),
    ]
    assert told(had.outside([])) == told(had)
    assert told(had.outside([(0, FOR_EVER)])) == []
