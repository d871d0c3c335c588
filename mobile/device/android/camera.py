"""The phone's own camera app, asked for one photo; never the gallery. Pictures by Android's Bitmap.

The camera app writes into a file of ours that it gets for this one photo (a FileProvider, which
`mobile/android/manifest_hook.py` adds to the package), so nothing lands in the gallery and no
permission is needed.
"""

import contextlib
import logging
import threading
from pathlib import Path
from typing import Any

from android import activity as events
from jnius import JavaException, autoclass, cast

from mobile.device.camera import CameraError

_log = logging.getLogger(__name__)
_REQUEST = 7081
_RESULT_OK = -1
_QUALITY = 85
_LONGEST_S = 900.0
"""Somebody who has not come back by then took no photo."""
AUTHORITY_SUFFIX = ".photos"
# ExifInterface's numbers of how the phone was held, and how far to turn the picture back.
_TURNS = {3: 180.0, 6: 90.0, 8: 270.0}

_Intent = autoclass("android.content.Intent")
_File = autoclass("java.io.File")
_FileOutputStream = autoclass("java.io.FileOutputStream")
_FileProvider = autoclass("androidx.core.content.FileProvider")
_Bitmap = autoclass("android.graphics.Bitmap")
_Jpeg = autoclass("android.graphics.Bitmap$CompressFormat")
_BitmapFactory = autoclass("android.graphics.BitmapFactory")
_Options = autoclass("android.graphics.BitmapFactory$Options")
_Matrix = autoclass("android.graphics.Matrix")
_Exif = autoclass("android.media.ExifInterface")


class AndroidCamera:
    """Opens the camera app and waits for it; one photo at a time."""

    is_simulated = False

    def __init__(self, activity: Any) -> None:
        """Take the app's `org.kivy.android.PythonActivity`."""
        self._activity = activity
        self._one_at_a_time = threading.Lock()
        self._came_back = threading.Event()
        self._was_taken = False
        events.bind(on_activity_result=self._on_result)

    def take(self, target: Path) -> bool:
        """
        Let the rep take a photo into a file; return False where they came back without one.

        :raises CameraError: if there is no camera app, or it may not be opened
        """
        with self._one_at_a_time:
            self._came_back.clear()
            self._was_taken = False
            target.touch(mode=0o600)
            try:
                self._activity.startActivityForResult(self._intent(target), _REQUEST)
            except JavaException as error:
                _log.warning("the camera cannot be opened: %s", error)
                raise CameraError(_code_of(error)) from error
            self._came_back.wait(_LONGEST_S)
        if not self._was_taken:
            return False
        if target.stat().st_size == 0:  # it said yes and wrote nothing
            raise CameraError("camera_failed")
        return True

    def shrink(self, source: Path, target: Path, *, longest_px: int) -> tuple[int, int]:
        """
        Write a picture upright and no longer than this, as JPEG; return its width and height.

        :raises ValueError: if the source is no picture
        :raises OSError: if the target cannot be written
        """
        bitmap = _decode(source, longest_px)
        longest = max(bitmap.getWidth(), bitmap.getHeight())
        matrix = _Matrix()
        if longest > longest_px:
            matrix.postScale(longest_px / longest, longest_px / longest)
        matrix.postRotate(_turn_of(source))
        upright = _Bitmap.createBitmap(
            bitmap, 0, 0, bitmap.getWidth(), bitmap.getHeight(), matrix, True
        )
        size = int(upright.getWidth()), int(upright.getHeight())
        try:
            stream = _FileOutputStream(str(target))
            try:
                is_written = upright.compress(_Jpeg.JPEG, _QUALITY, stream)
            finally:
                stream.close()
        except JavaException as error:
            raise OSError(str(error)) from error
        finally:
            upright.recycle()
            bitmap.recycle()
        if not is_written:
            # Android tells a full disk only so.
            raise OSError(f"{target} could not be written")
        return size

    def _intent(self, target: Path) -> Any:
        uri = _FileProvider.getUriForFile(
            self._activity, self._activity.getPackageName() + AUTHORITY_SUFFIX, _File(str(target))
        )
        intent = _Intent("android.media.action.IMAGE_CAPTURE")
        # Of the many putExtra pyjnius must be told which.
        intent.putExtra("output", cast("android.os.Parcelable", uri))
        intent.addFlags(_Intent.FLAG_GRANT_WRITE_URI_PERMISSION)
        return intent

    def _on_result(self, request: int, result: int, _data: Any) -> None:
        """Hear from Android, on its own thread, that the rep is back."""
        if request == _REQUEST:
            self._was_taken = result == _RESULT_OK
            self._came_back.set()


def _code_of(error: JavaException) -> str:
    kind = str(getattr(error, "classname", "") or error)
    if "ActivityNotFound" in kind:
        return "camera_missing"
    return "camera_refused" if "Security" in kind else "camera_failed"


def _decode(source: Path, longest_px: int) -> Any:
    """Return a bitmap, read no larger than needed: a camera's picture takes 200 MB as a whole."""
    options = _Options()
    options.inJustDecodeBounds = True
    _BitmapFactory.decodeFile(str(source), options)
    if options.outWidth <= 0:
        raise ValueError(f"no picture: {source}")
    sample = 1
    while max(options.outWidth, options.outHeight) // (2 * sample) >= longest_px:
        sample *= 2
    options = _Options()
    options.inSampleSize = sample
    bitmap = _BitmapFactory.decodeFile(str(source), options)
    if bitmap is None:
        raise ValueError(f"no picture: {source}")
    return bitmap


def _turn_of(source: Path) -> float:
    turn = 0.0
    with contextlib.suppress(JavaException):  # a file without EXIF lies as it lies
        turn = _TURNS.get(_Exif(str(source)).getAttributeInt("Orientation", 1), 0.0)
    return turn
