"""Clock, network and what phone it is."""

from typing import Any

import pytest

CHANGED = "android.net.conn.CONNECTIVITY_CHANGE"


def test_the_clock_since_boot_is_androids_and_boots_are_told_apart(activity: Any) -> None:
    from mobile.device.android.clock import AndroidClock

    clock = AndroidClock(activity)
    assert (clock.elapsed_ms(), clock.boot_id) == (5000, "boot-41")

    activity.resolver.boots = 42
    assert AndroidClock(activity).boot_id == "boot-42"


@pytest.mark.parametrize(
    ("set_to", "zone"),
    [("Asia/Makassar", "Asia/Makassar"), ("GMT+07:00", "Asia/Jakarta")],
)
def test_the_zone_is_the_phones_now_where_it_has_a_name(
    activity: Any, set_to: str, zone: str
) -> None:
    from jnius import autoclass

    from mobile.device.android.clock import AndroidClock

    clock = AndroidClock(activity)
    zones = autoclass("java.util.TimeZone")
    before = zones.getDefault()
    zones.setDefault(zones.getTimeZone(set_to))
    try:
        assert clock.time_zone == zone
    finally:
        zones.setDefault(before)


def test_flight_mode_is_told_once_and_its_end_too(activity: Any) -> None:
    from mobile.device.android.connectivity import AndroidConnectivity

    connectivity = activity.connectivity
    network = connectivity.active
    watched = AndroidConnectivity(activity)
    heard: list[tuple[bool, bool]] = []
    watched.subscribe(lambda is_online: heard.append((is_online, watched.is_online)))

    connectivity.active = None
    activity.broadcast(CHANGED)
    activity.broadcast(CHANGED)
    connectivity.active = network
    activity.broadcast(CHANGED)

    assert heard == [(False, False), (True, True)]


def test_mobile_data_is_told_from_wifi(activity: Any) -> None:
    from mobile.device.android.connectivity import AndroidConnectivity

    watched = AndroidConnectivity(activity)
    heard: list[bool] = []
    watched.subscribe(lambda _is_online: heard.append(watched.is_metered))

    activity.connectivity.capabilities.metered = True
    activity.broadcast(CHANGED)
    activity.connectivity.capabilities.metered = False
    activity.broadcast(CHANGED)

    assert heard == [True, False]


def test_a_network_that_leads_nowhere_is_none(activity: Any) -> None:
    from mobile.device.android.connectivity import AndroidConnectivity

    activity.connectivity.capabilities.internet = False
    assert not AndroidConnectivity(activity).is_online

    activity.connectivity.capabilities = None
    assert not AndroidConnectivity(activity).is_online


def test_the_phone_is_named_as_its_maker_does_and_speaks_indonesian(jvm: None) -> None:
    from jnius import autoclass

    from mobile.device.android.phone import describe_phone, language_of_phone

    described = describe_phone(app_version="0.1.0")
    locale = autoclass("java.util.Locale")
    before = locale.getDefault()
    locale.setDefault(locale("in", "ID"))
    try:
        assert language_of_phone() == "id"
    finally:
        locale.setDefault(before)
    assert (described.model, described.system) == ("Nusa N12", "Android 14")


@pytest.mark.parametrize(("said", "percent"), [(71, 71), (0, 0), (-2147483648, None)])
def test_the_battery_is_androids_and_unknown_where_it_does_not_say(
    activity: Any, said: int, percent: int | None
) -> None:
    from mobile.device.android.battery import AndroidBattery

    activity.battery.capacity = said

    assert AndroidBattery(activity).percent() == percent


def test_copies_go_where_a_computer_on_the_cable_finds_them(activity: Any) -> None:
    from jnius import autoclass

    from mobile.device.android.phone import folder_for_copies

    assert folder_for_copies(activity) is None  # no shared storage now

    folder = "/storage/emulated/0/Android/data/org.tapak/files"
    activity.shared = autoclass("java.io.File")(folder)
    try:
        assert str(folder_for_copies(activity)) == folder
    finally:
        activity.shared = None
