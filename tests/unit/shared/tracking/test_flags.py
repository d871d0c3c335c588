"""Each odd fix gets its code and stays; an honest track gets none."""

from typing import Any

import pytest

from shared.tracking.flags import flag_fixes

NINE_MS = 1_772_416_800_000
MINUTE_MS = 60_000


def fix(minute: float, **odd: Any) -> list[Any]:
    row = {"latitude": -6.2, "longitude": 106.8, "accuracy_m": 8.0, **odd}
    return [NINE_MS + round(minute * MINUTE_MS), *row.values(), False]


HONEST = [fix(minute) for minute in range(5)]


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (fix(33), "future_fix"),
        (fix(2, latitude=-6.3), "duplicate_fix"),
        (fix(7), "duplicate_fix"),
        (fix(6, latitude=0, longitude=0.0), "zero_position"),
        (fix(6, accuracy_m=201), "weak_fix"),
        (fix(6, accuracy_m=0), "unknown_accuracy"),
    ],
)
def test_an_odd_fix_gets_its_code(odd: list[Any], code: str) -> None:
    found = flag_fixes(
        [*HONEST, odd],
        received_ms=NINE_MS + 30 * MINUTE_MS,
        known_ms={NINE_MS + 7 * MINUTE_MS},
    )

    assert found == {code: [odd[0]]}


def test_an_honest_track_gets_none() -> None:
    """The last fix is a minute ahead of a server whose clock is behind the satellites."""
    track = [*HONEST, fix(31), fix(6, accuracy_m=200), fix(7, latitude=0.0)]

    assert flag_fixes(track, received_ms=NINE_MS + 30 * MINUTE_MS) == {}
