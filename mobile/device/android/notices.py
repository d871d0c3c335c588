"""Notices of an Android phone, in one channel the rep can silence in the phone's settings."""

from typing import Any

from android.permissions import request_permissions
from jnius import autoclass, cast

PERMISSION = "android.permission.POST_NOTIFICATIONS"
_CHANNEL = "reminders"
_ASKED_SINCE_API = 33
# NotificationManager.IMPORTANCE_DEFAULT, PendingIntent.FLAG_IMMUTABLE
_USUAL_IMPORTANCE = 3
_IMMUTABLE = 0x04000000
# PackageManager.PERMISSION_GRANTED
_GRANTED = 0

_Builder = autoclass("android.app.Notification$Builder")
_Channel = autoclass("android.app.NotificationChannel")
_Intent = autoclass("android.content.Intent")
_PendingIntent = autoclass("android.app.PendingIntent")
_String = autoclass("java.lang.String")
_Version = autoclass("android.os.Build$VERSION")


class AndroidNotices:
    """Posts where it may; from Android 13 on the rep is asked once in a run of the app."""

    def __init__(self, context: Any, *, name: str, may_ask: bool = True) -> None:
        """
        Take the app's `android.content.Context`.

        :param name: what the channel is called in the phone's settings
        :param may_ask: False in a service, which has nobody to ask
        """
        self._context = context
        self._manager = context.getSystemService("notification")
        self._manager.createNotificationChannel(
            _Channel(_CHANNEL, cast("java.lang.CharSequence", _String(name)), _USUAL_IMPORTANCE)
        )
        self._may_ask = may_ask

    def post(self, subject: str, title: str, words: str) -> bool:
        """Show a notice that opens the app; False while it may not."""
        if not self._may_post():
            return False
        opens = _Intent()
        opens.setClassName(self._context, "org.kivy.android.PythonActivity")
        builder = _Builder(self._context, _CHANNEL)
        builder.setContentTitle(cast("java.lang.CharSequence", _String(title)))
        builder.setContentText(cast("java.lang.CharSequence", _String(words)))
        builder.setSmallIcon(self._context.getApplicationInfo().icon)
        builder.setContentIntent(_PendingIntent.getActivity(self._context, 0, opens, _IMMUTABLE))
        builder.setAutoCancel(True)
        self._manager.notify(subject, 0, builder.build())
        return True

    def _may_post(self) -> bool:
        granted = self._context.checkSelfPermission(PERMISSION) == _GRANTED
        if _Version.SDK_INT < _ASKED_SINCE_API or granted:
            return bool(self._manager.areNotificationsEnabled())
        if self._may_ask:
            self._may_ask = False
            request_permissions([PERMISSION])
        return False
