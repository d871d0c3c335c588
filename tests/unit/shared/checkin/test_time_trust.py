"""The time of an entry comes from where it was recorded, not from what a clock was set to."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.checkin.evidence import Anchor, ClockReading
from shared.checkin.time_trust import TimeNote, trust_time
from shared.vocabulary import TimeTrust

SYNCED_AT = dt.datetime(2026, 3, 2, 0, 30, tzinfo=dt.UTC)
ANCHOR = Anchor(server_at=SYNCED_AT, elapsed_ms=1_000_000, boot_id="boot-1")
HOUR = dt.timedelta(hours=1)
YEARS = st.timedeltas(min_value=dt.timedelta(days=-3650), max_value=dt.timedelta(days=3650))


def reading(
    *,
    wall_at: dt.datetime,
    elapsed_ms: int = 4_600_000,
    boot_id: str = "boot-1",
    anchor: Anchor | None = ANCHOR,
    gnss_at: dt.datetime | None = None,
) -> ClockReading:
    return ClockReading(
        wall_at=wall_at,
        time_zone="Asia/Jakarta",
        boot_id=boot_id,
        elapsed_ms=elapsed_ms,
        anchor=anchor,
        gnss_at=gnss_at,
    )


@given(wrong_by=YEARS)
def test_a_wall_clock_that_is_wrong_by_years_changes_nothing_since_an_anchor(
    wrong_by: dt.timedelta,
) -> None:
    time = trust_time(
        reading(wall_at=SYNCED_AT + HOUR + wrong_by), received_at=SYNCED_AT + 5 * HOUR
    )

    assert (time.at, time.trust) == (SYNCED_AT + HOUR, TimeTrust.VERIFIED)
    assert time.wall_off_s == wrong_by.total_seconds()
    assert (TimeNote.CLOCK_OFF in time.notes) == (abs(wrong_by) > dt.timedelta(minutes=2))


def test_after_a_reboot_a_plausible_wall_clock_is_an_estimate() -> None:
    time = trust_time(
        reading(wall_at=SYNCED_AT + HOUR, boot_id="boot-2", elapsed_ms=10),
        received_at=SYNCED_AT + 5 * HOUR,
        previous_at=SYNCED_AT + HOUR / 2,
    )

    assert (time.at, time.trust, time.notes) == (SYNCED_AT + HOUR, TimeTrust.ESTIMATED, ())


def test_a_phone_that_never_met_the_server_is_at_best_estimated() -> None:
    time = trust_time(reading(wall_at=SYNCED_AT, anchor=None), received_at=SYNCED_AT + HOUR)

    assert (time.at, time.trust) == (SYNCED_AT, TimeTrust.ESTIMATED)


@pytest.mark.parametrize(
    ("wall_at", "clamped_to", "note"),
    [
        (SYNCED_AT + HOUR, SYNCED_AT + 2 * HOUR, TimeNote.BEFORE_ANCHOR),
        (SYNCED_AT - HOUR, SYNCED_AT + 2 * HOUR, TimeNote.BEFORE_ANCHOR),
        (SYNCED_AT + 9 * HOUR, SYNCED_AT + 5 * HOUR, TimeNote.AFTER_RECEIVE),
    ],
)
def test_after_a_reboot_an_impossible_wall_clock_is_clamped_and_unverified(
    wall_at: dt.datetime, clamped_to: dt.datetime, note: TimeNote
) -> None:
    time = trust_time(
        reading(wall_at=wall_at, boot_id="boot-2"),
        received_at=SYNCED_AT + 5 * HOUR,
        previous_at=SYNCED_AT + 2 * HOUR,
    )

    assert (time.at, time.trust) == (clamped_to, TimeTrust.UNVERIFIED)
    assert note in time.notes


@pytest.mark.parametrize("off", [-90, 90])
def test_a_clock_a_little_off_after_a_restart_is_no_contradiction(off: int) -> None:
    """A phone 90 s fast syncs at once; one 90 s slow goes on where a running one left off."""
    now = SYNCED_AT + HOUR

    time = trust_time(
        reading(wall_at=now + dt.timedelta(seconds=off), boot_id="boot-2", elapsed_ms=10),
        received_at=now,
        previous_at=now,
    )

    assert (time.at, time.trust, time.notes) == (now, TimeTrust.ESTIMATED, ())


def test_after_a_reboot_satellites_that_contradict_the_wall_clock_make_it_unverified() -> None:
    time = trust_time(
        reading(wall_at=SYNCED_AT + HOUR, boot_id="boot-2", gnss_at=SYNCED_AT + 2 * HOUR),
        received_at=SYNCED_AT + 5 * HOUR,
    )

    assert time.trust is TimeTrust.UNVERIFIED
    assert TimeNote.GNSS_OFF in time.notes


@given(
    wall_at=st.datetimes(
        min_value=dt.datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
        max_value=dt.datetime(2050, 1, 1),  # noqa: DTZ001
        timezones=st.just(dt.UTC),
    ),
    elapsed_ms=st.integers(min_value=0, max_value=10**12),
    boot_id=st.sampled_from(["boot-1", "boot-2"]),
    anchor=st.sampled_from([ANCHOR, None]),
    waited=st.timedeltas(min_value=dt.timedelta(0), max_value=dt.timedelta(days=60)),
    previous=st.none() | st.timedeltas(min_value=dt.timedelta(0), max_value=dt.timedelta(days=30)),
)
def test_the_time_always_lies_between_anchor_and_receipt(
    wall_at: dt.datetime,
    elapsed_ms: int,
    boot_id: str,
    anchor: Anchor | None,
    waited: dt.timedelta,
    previous: dt.timedelta | None,
) -> None:
    received_at = SYNCED_AT + waited

    time = trust_time(
        reading(wall_at=wall_at, elapsed_ms=elapsed_ms, boot_id=boot_id, anchor=anchor),
        received_at=received_at,
        previous_at=None if previous is None else SYNCED_AT + previous,
    )

    assert time.at <= received_at
    if anchor is not None:
        assert anchor.server_at <= time.at
    unexplained = set(time.notes) - {TimeNote.CLOCK_OFF}
    assert (time.trust is TimeTrust.UNVERIFIED) == bool(unexplained)


def test_a_clock_reading_needs_a_zone_that_exists_and_an_offset() -> None:
    with pytest.raises(ValueError, match="Mars"):
        ClockReading(wall_at=SYNCED_AT, time_zone="Mars/Base", boot_id="b", elapsed_ms=1)
    with pytest.raises(ValueError, match="wall_at"):
        ClockReading(
            wall_at=SYNCED_AT.replace(tzinfo=None),
            time_zone="Asia/Jakarta",
            boot_id="b",
            elapsed_ms=1,
        )
