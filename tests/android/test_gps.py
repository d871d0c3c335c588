"""The receiver: every way in which Android delivers fixes, and every state of the permission."""

from datetime import UTC, datetime
from typing import Any

import pytest

COARSE = "android.permission.ACCESS_COARSE_LOCATION"
FINE = "android.permission.ACCESS_FINE_LOCATION"
MEASURED_AT = datetime(2026, 11, 23, 1, 2, 3, 500_000, tzinfo=UTC)
SECOND = 1_000_000_000


@pytest.fixture
def gps(activity: Any) -> Any:
    """Return a started receiver with the precise permission."""
    from mobile.device.android.gps import AndroidGps

    activity.grant(COARSE)
    activity.grant(FINE)
    receiver = AndroidGps(activity)
    receiver.start()
    return receiver


def location(provider: str = "gps", **values: Any) -> Any:
    """Return a fix measured three seconds after boot, eight metres sharp, in Bekasi."""
    from jnius import autoclass

    made = autoclass("android.location.Location")(provider)
    told = {
        "latitude": -6.2383,
        "longitude": 106.9756,
        "accuracy": 8.0,
        "time": round(MEASURED_AT.timestamp() * 1000),
        "elapsedRealtimeNanos": 3 * SECOND,
        **values,
    }
    for name, value in told.items():
        setattr(made, name, value)
    return made


def boot_clock() -> Any:
    from jnius import autoclass

    return autoclass("android.os.SystemClock")


def test_a_fix_tells_place_time_provider_and_its_age_by_the_clock_since_boot(
    gps: Any, activity: Any
) -> None:
    activity.location.deliver(location(speed=1.5, altitude=22.0))
    fix = gps.last_fix()

    assert (fix.latitude, fix.longitude, fix.accuracy_m) == (-6.2383, 106.9756, 8.0)
    assert (fix.fix_at, fix.age_s, fix.provider) == (MEASURED_AT, 2.0, "gps")
    assert (fix.speed_mps, fix.altitude_m, fix.is_mock) == (1.5, 22.0, False)


def test_what_the_receiver_does_not_know_is_none(gps: Any, activity: Any) -> None:
    activity.location.deliver(location())

    assert (gps.last_fix().speed_mps, gps.last_fix().altitude_m) == (None, None)


def test_a_batch_as_android_12_delivers_it_is_not_lost(gps: Any, activity: Any) -> None:
    first = location(latitude=-6.1, elapsedRealtimeNanos=3 * SECOND)
    second = location(latitude=-6.2, elapsedRealtimeNanos=4 * SECOND)
    activity.location.deliverBatch("gps", first, second)

    assert (gps.last_fix().latitude, gps.last_fix().age_s) == (-6.2, 1.0)


@pytest.mark.parametrize("level", [26, 30, 31, 34])
@pytest.mark.parametrize("is_mock", [True, False])
def test_a_fix_of_a_mock_app_says_so_on_old_and_new_phones(
    gps: Any, activity: Any, api_level: Any, level: int, *, is_mock: bool
) -> None:
    api_level.SDK_INT = level
    activity.location.deliver(location(mock=is_mock))

    assert gps.last_fix().is_mock is is_mock


@pytest.mark.parametrize(
    "impossible", [{"accuracy": float("nan")}, {"latitude": 91.0}, {"accuracy": -1.0}]
)
def test_a_fix_that_cannot_be_judged_is_left_out(
    gps: Any, activity: Any, impossible: dict[str, Any]
) -> None:
    activity.location.deliver(location(**impossible))

    assert gps.last_fix() is None


def test_all_else_that_android_tells_a_listener_does_no_harm(gps: Any, activity: Any) -> None:
    activity.location.tellEverythingElse("gps")
    activity.location.deliver(location())

    assert gps.last_fix() is not None


def test_a_sharp_fix_is_not_replaced_by_the_networks_guess(gps: Any, activity: Any) -> None:
    activity.location.deliver(location(accuracy=8.0, elapsedRealtimeNanos=3 * SECOND))
    activity.location.deliver(location("network", accuracy=900.0, elapsedRealtimeNanos=4 * SECOND))

    assert gps.last_fix().provider == "gps"


def test_a_fix_grown_old_is_replaced_by_the_networks_guess(gps: Any, activity: Any) -> None:
    activity.location.deliver(location(accuracy=8.0, elapsedRealtimeNanos=3 * SECOND))
    activity.location.deliver(location("network", accuracy=900.0, elapsedRealtimeNanos=14 * SECOND))
    boot_clock().nanos = 15 * SECOND

    assert (gps.last_fix().provider, gps.last_fix().age_s) == ("network", 1.0)


def test_with_the_precise_permission_receiver_and_network_are_asked(
    gps: Any, activity: Any
) -> None:
    assert activity.location.listenedTo() == "gps,network"
    assert activity.timesAsked == 0


def test_a_phone_without_a_network_provider_is_asked_for_its_receiver_only(activity: Any) -> None:
    from mobile.device.android.gps import AndroidGps

    activity.grant(FINE)
    activity.location.providers.remove("network")
    AndroidGps(activity).start()

    assert activity.location.listenedTo() == "gps"


def test_without_permission_the_rep_is_asked_once_and_a_yes_is_noticed(activity: Any) -> None:
    from mobile.device.android.gps import AndroidGps

    receiver = AndroidGps(activity)
    receiver.start()
    receiver.start()

    assert receiver.permission.value == "none"
    assert (activity.timesAsked, activity.asked()) == (1, f"{COARSE},{FINE}")
    assert (receiver.last_fix(), activity.location.listenedTo()) == (None, "")

    activity.grant(COARSE)
    activity.grant(FINE)
    receiver.last_fix()

    assert receiver.permission.value == "precise"
    assert activity.location.listenedTo() == "gps,network"


def test_approximate_only_asks_the_network_only_and_precise_later_both(activity: Any) -> None:
    from mobile.device.android.gps import AndroidGps

    activity.grant(COARSE)
    receiver = AndroidGps(activity)
    receiver.start()

    assert receiver.permission.value == "approximate"
    assert activity.location.listenedTo() == "network"
    activity.location.deliver(location("network", accuracy=2000.0))
    fix = receiver.last_fix()
    assert fix is not None
    assert fix.accuracy_m == 2000.0

    activity.grant(FINE)
    receiver.last_fix()

    assert activity.location.listenedTo() == "gps,network"


def test_a_permission_taken_back_ends_the_listening(gps: Any, activity: Any) -> None:
    activity.revoke(COARSE)
    activity.revoke(FINE)
    gps.last_fix()

    assert activity.location.listenedTo() == ""


def test_stopped_it_listens_to_nothing_and_started_again_it_does(gps: Any, activity: Any) -> None:
    gps.stop()
    gps.last_fix()
    assert activity.location.listenedTo() == ""

    gps.start()
    assert activity.location.listenedTo() == "gps,network"
