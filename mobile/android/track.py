"""Keeps the day's route and syncs while the screen is off; in the package it is track.py.

Android runs it in a process of its own, with a notice that stays in sight. It ends by itself with
the day, or where the rep takes the consent back.
"""

import os
import time
from pathlib import Path

_EVERY_S = 1.0


def main() -> None:
    """Follow the rep until the day is over."""
    # Android's classes read their environment when they are imported.
    from jnius import autoclass  # noqa: PLC0415

    from mobile.container.adapters import APP_VERSION, Adapters  # noqa: PLC0415
    from mobile.container.follower import Follower  # noqa: PLC0415
    from mobile.device.android.battery import AndroidBattery  # noqa: PLC0415
    from mobile.device.android.clock import AndroidClock  # noqa: PLC0415
    from mobile.device.android.connectivity import AndroidConnectivity  # noqa: PLC0415
    from mobile.device.android.gps import AndroidGps  # noqa: PLC0415
    from mobile.device.android.notices import AndroidNotices  # noqa: PLC0415
    from mobile.device.android.phone import (  # noqa: PLC0415
        describe_phone,
        folder_for_copies,
        language_of_phone,
    )
    from mobile.device.android.secrets import (  # noqa: PLC0415
        AesGcm,
        KeystoreSecrets,
        keystore_key,
    )
    from mobile.settings import PhoneSettings  # noqa: PLC0415
    from mobile.storage.database import DatabaseDamagedError  # noqa: PLC0415

    service = autoclass("org.kivy.android.PythonService").mService
    # Android ends services when it needs the room; the day goes on.
    service.setAutoRestartService(True)
    data = Path(os.environ["ANDROID_PRIVATE"]) / "tapak"
    try:
        follower = Follower(
            PhoneSettings(
                data=data, copies=folder_for_copies(service), language=language_of_phone()
            ),
            adapters=Adapters(
                clock=AndroidClock(service),
                connectivity=AndroidConnectivity(service),
                secrets=KeystoreSecrets(data / "secrets.json", cipher=AesGcm(keystore_key())),
                phone=describe_phone(app_version=APP_VERSION),
                battery=AndroidBattery(service),
                notices=AndroidNotices(service, name="Tapak", may_ask=False),
            ),
            gps=AndroidGps(service, may_ask=False),
        )
    except DatabaseDamagedError:
        pass  # the app keeps it aside at its next start, and tells the rep
    else:
        try:
            while follower.step():
                time.sleep(_EVERY_S)
        finally:
            follower.close()
    service.setAutoRestartService(False)
    service.stopSelf()


if __name__ == "__main__":
    main()
