"""What leaves the app: links to other apps, notices, a buzz, the service that keeps the route."""

from pathlib import Path
from typing import Any

import pytest

NOTICES = "android.permission.POST_NOTIFICATIONS"


@pytest.mark.parametrize(
    ("address", "action"),
    [
        ("tel:+628123456789", "android.intent.action.DIAL"),
        ("https://wa.me/628123456789", "android.intent.action.VIEW"),
        ("geo:-6.2,106.9?q=-6.2,106.9(Toko%20Maju)", "android.intent.action.VIEW"),
    ],
)
def test_a_link_opens_the_app_for_it(activity: Any, address: str, action: str) -> None:
    from mobile.device.android.links import AndroidLinks

    assert AndroidLinks(activity).open(address)

    assert (activity.started.getAction(), activity.started.address()) == (action, address)


def test_a_link_nobody_opens_is_said(activity: Any) -> None:
    from mobile.device.android.links import AndroidLinks

    activity.hasNoApp = True

    assert not AndroidLinks(activity).open("tel:112")


def test_a_notice_opens_the_app_and_takes_the_place_of_the_one_before(activity: Any) -> None:
    from mobile.device.android.notices import AndroidNotices

    activity.grant(NOTICES)
    notices = AndroidNotices(activity, name="Tapak")
    assert notices.post("tasks", "Tugas", "1 tugas jatuh tempo.")
    assert notices.post("tasks", "Tugas", "2 tugas jatuh tempo.")

    shown = activity.notices.shown
    assert shown.size() == 1
    notice = shown.get("tasks")
    assert (notice.title, notice.text) == ("Tugas", "2 tugas jatuh tempo.")
    assert notice.opens.intent.target() == "org.kivy.android.PythonActivity"
    assert (notice.icon, notice.goesWhenTapped) == (7, True)


def test_notices_are_asked_for_once_and_refused_ones_go_back_to_the_app(
    activity: Any, api_level: Any
) -> None:
    from mobile.device.android.notices import AndroidNotices

    notices = AndroidNotices(activity, name="Tapak")
    assert not notices.post("tasks", "Tasks", "2 tasks are due.")
    assert not notices.post("tasks", "Tasks", "2 tasks are due.")
    assert (activity.asked(), activity.timesAsked) == (NOTICES, 1)

    api_level.SDK_INT = 32  # there they need no permission, but can be switched off
    assert notices.post("tasks", "Tasks", "2 tasks are due.")
    activity.notices.enabled = False
    assert not notices.post("tasks", "Tasks", "2 tasks are due.")


@pytest.mark.parametrize(("level", "felt"), [(34, "effect 0"), (28, "20 ms")])
def test_a_buzz_is_the_systems_own_where_it_has_one(
    activity: Any, api_level: Any, level: int, felt: str
) -> None:
    from mobile.device.android.haptics import AndroidHaptics
    from mobile.device.haptics import Feel

    api_level.SDK_INT = level
    haptics = AndroidHaptics(activity)
    haptics.play(Feel.DONE)
    assert activity.vibrator.felt == felt

    activity.vibrator.felt = ""
    activity.vibrator.there = False
    haptics.play(Feel.REFUSED)
    assert activity.vibrator.felt == ""


def test_the_service_starts_with_its_notice_and_is_stopped(activity: Any) -> None:
    from jnius import autoclass

    from mobile.device.android.track import AndroidTrack

    service = autoclass("org.tapak.tapak.ServiceTrack")
    track = AndroidTrack(activity)
    assert track.start("Tapak", "Rute direkam.")
    assert service.told == "Tapak: Rute direkam."
    track.stop()
    assert service.told == ""

    service.forbidden = True
    try:
        assert not track.start("Tapak", "Rute direkam.")
    finally:
        service.forbidden = False


def test_the_service_has_nothing_to_do_before_the_day_and_ends_itself(
    activity: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jnius import autoclass

    from mobile.android import track

    del activity
    service = autoclass("org.kivy.android.PythonService")
    service.mService = service()
    (tmp_path / "tapak").mkdir()
    monkeypatch.setenv("ANDROID_PRIVATE", str(tmp_path))

    track.main()

    assert service.mService.stopped
    assert not service.mService.startsAgain
    assert (tmp_path / "tapak" / "phone.db").exists()


def test_the_service_leaves_a_damaged_database_to_the_app(
    activity: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jnius import autoclass

    from mobile.android import track

    del activity
    service = autoclass("org.kivy.android.PythonService")
    service.mService = service()
    (tmp_path / "tapak").mkdir()
    damaged = b"SQLite format 3\0" + b"rubbish" * 2000
    (tmp_path / "tapak" / "phone.db").write_bytes(damaged)
    monkeypatch.setenv("ANDROID_PRIVATE", str(tmp_path))

    track.main()

    assert service.mService.stopped
    assert (tmp_path / "tapak" / "phone.db").read_bytes() == damaged


def test_a_service_asks_nobody_for_the_place(activity: Any) -> None:
    from mobile.device.android.gps import AndroidGps, LocationPermission

    receiver = AndroidGps(activity, may_ask=False)
    receiver.start()

    assert (activity.asked(), receiver.permission) == ("", LocationPermission.NONE)
