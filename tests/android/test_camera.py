"""The camera app is asked for one photo, and its picture is made small and upright."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile.device.camera import CameraError

OK, CANCELLED, REQUEST = -1, 0, 7081


@pytest.fixture
def camera(activity: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from android import activity as events

    from mobile.device.android.camera import AndroidCamera

    # On a phone there is one; here each test has its own.
    monkeypatch.setattr(events, "_activity", activity)

    activity.refusal = ""
    yield AndroidCamera(activity)
    activity.refusal = ""


def picture(path: Path, width: int, height: int, *, turned: int = 1) -> Path:
    """Write a JPEG as a camera does: red above, blue below; `turned` as EXIF says it."""
    from jnius import autoclass

    autoclass("org.tapak.test.Pictures").write(str(path), width, height, turned)
    return path


def wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def taking(camera: Any, activity: Any, target: Path, result: int, *, writes: bool = False) -> bool:
    """Take a photo as the app does, on a thread, with the rep at the camera app."""
    answer: list[bool] = []

    def take() -> None:
        import jnius

        try:
            answer.append(camera.take(target))
        finally:
            jnius.detach()

    thread = threading.Thread(target=take)
    thread.start()
    wait(lambda: activity.isAway)
    if writes:
        picture(target, 64, 48)
    activity.comeBack(1, OK)  # another app's result is none of ours
    activity.comeBack(REQUEST, result)
    thread.join(10)
    return answer[0]


def test_the_camera_app_writes_into_our_file_alone(
    camera: Any, activity: Any, tmp_path: Path
) -> None:
    target = tmp_path / "raw"

    assert taking(camera, activity, target, OK, writes=True)

    assert activity.opened.getAction() == "android.media.action.IMAGE_CAPTURE"
    assert activity.opened.text("output") == f"content://org.tapak.tapak.photos{target}"
    assert activity.opened.getFlags() == 2  # to write, for this one file


def test_coming_back_without_a_photo(camera: Any, activity: Any, tmp_path: Path) -> None:
    assert not taking(camera, activity, tmp_path / "raw", CANCELLED)


@pytest.mark.parametrize(
    ("refusal", "code"), [("missing", "camera_missing"), ("forbidden", "camera_refused")]
)
def test_no_camera_app_or_none_that_may_be_opened(
    camera: Any, activity: Any, tmp_path: Path, refusal: str, code: str
) -> None:
    activity.refusal = refusal

    with pytest.raises(CameraError) as raised:
        camera.take(tmp_path / "raw")

    assert raised.value.code == code


def test_a_picture_is_made_small_upright_and_forgets_the_rest(camera: Any, tmp_path: Path) -> None:
    from jnius import autoclass

    source, target = tmp_path / "raw", tmp_path / "small"
    picture(source, 4000, 3000, turned=6)

    width, height = camera.shrink(source, target, longest_px=1600)

    assert (width, height) == (1200, 1600)
    content = target.read_bytes()
    assert content.startswith(b"\xff\xd8")
    assert b"Exif" not in content
    # Never read as a whole: a quarter of the pixels was enough.
    assert autoclass("android.graphics.BitmapFactory").largestPixels <= 2000 * 1500
    # Turned by a quarter to the right, what was above is right.
    colour = autoclass("org.tapak.test.Pictures").colour
    assert colour(str(target), 1100, 800) >> 16 > 0x80
    assert colour(str(target), 100, 800) & 0xFF > 0x80


def test_a_small_picture_stays_as_large_as_it_is(camera: Any, tmp_path: Path) -> None:
    source = picture(tmp_path / "raw", 300, 200)

    assert camera.shrink(source, tmp_path / "small", longest_px=1600) == (300, 200)


def test_what_is_no_picture_and_a_disk_without_room(camera: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no picture")
    with pytest.raises(ValueError, match="no picture"):
        camera.shrink(broken, tmp_path / "small", longest_px=1600)

    whole = picture(tmp_path / "whole", 64, 48)
    with pytest.raises(OSError, match="missing"):
        camera.shrink(whole, tmp_path / "missing" / "small", longest_px=1600)
