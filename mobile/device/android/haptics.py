"""The vibrator of an Android phone, by the patterns the system makes for its own keys."""

from typing import Any

from jnius import autoclass

from mobile.device.haptics import Feel

_Effect = autoclass("android.os.VibrationEffect")
_Version = autoclass("android.os.Build$VERSION")
_PREDEFINED_SINCE_API = 29
# VibrationEffect.EFFECT_CLICK and EFFECT_DOUBLE_CLICK
_PREDEFINED = {Feel.DONE: 0, Feel.REFUSED: 1}
_LENGTHS_MS = {Feel.DONE: 20, Feel.REFUSED: 60}
_USUAL_STRENGTH = -1


class AndroidHaptics:
    """Asks the system, which leaves it where the rep has switched touch feedback off."""

    def __init__(self, context: Any) -> None:
        """Take the app's `android.content.Context`."""
        self._vibrator = context.getSystemService("vibrator")

    def play(self, feel: Feel) -> None:
        """Buzz; nothing where the phone has no vibrator."""
        if self._vibrator is None or not self._vibrator.hasVibrator():
            return
        if _Version.SDK_INT >= _PREDEFINED_SINCE_API:
            effect = _Effect.createPredefined(_PREDEFINED[feel])
        else:
            effect = _Effect.createOneShot(_LENGTHS_MS[feel], _USUAL_STRENGTH)
        self._vibrator.vibrate(effect)
