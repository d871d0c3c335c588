"""Starts the app on an Android phone; staging.py puts it into the package as main.py."""

import gc
import logging
import os
from pathlib import Path


def main() -> None:
    """Put the phone together and run the app until Android ends it."""
    os.environ["KIVY_LOG_MODE"] = "PYTHON"
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    gc.disable()  # until the first frame: nearly all that a start makes, it keeps
    from mobile.storage.examination import FILE_NAME, Examination  # noqa: PLC0415

    data = Path(os.environ["ANDROID_PRIVATE"]) / "tapak"
    data.mkdir(mode=0o700, exist_ok=True)
    # The one long wait of the start; it needs nothing of what is imported meanwhile.
    examination = Examination(data / FILE_NAME)
    # Kivy and Android's classes read their environment when they are imported.
    from jnius import autoclass  # noqa: PLC0415
    from kivy.clock import Clock  # noqa: PLC0415
    from kivy.config import Config  # noqa: PLC0415

    Config.set("graphics", "multisamples", "0")  # as `mobile.main` does, and says why
    from kivy.core.window import Window  # noqa: PLC0415

    from mobile.app import TapakApp  # noqa: PLC0415
    from mobile.container.adapters import APP_VERSION, Adapters  # noqa: PLC0415
    from mobile.container.container import Container  # noqa: PLC0415
    from mobile.device.android.battery import AndroidBattery  # noqa: PLC0415
    from mobile.device.android.camera import AndroidCamera  # noqa: PLC0415
    from mobile.device.android.clock import AndroidClock  # noqa: PLC0415
    from mobile.device.android.connectivity import AndroidConnectivity  # noqa: PLC0415
    from mobile.device.android.gps import AndroidGps  # noqa: PLC0415
    from mobile.device.android.haptics import AndroidHaptics  # noqa: PLC0415
    from mobile.device.android.links import AndroidLinks  # noqa: PLC0415
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
    from mobile.device.android.track import AndroidTrack  # noqa: PLC0415
    from mobile.settings import PhoneSettings  # noqa: PLC0415

    # Kivy 2.3.1 cannot tell how high Android's keyboard is, so the window gives way as a whole.
    Window.softinput_mode = "pan"
    activity = autoclass("org.kivy.android.PythonActivity").mActivity
    adapters = Adapters(
        clock=AndroidClock(activity),
        connectivity=AndroidConnectivity(activity),
        secrets=KeystoreSecrets(data / "secrets.json", cipher=AesGcm(keystore_key())),
        phone=describe_phone(app_version=APP_VERSION),
        battery=AndroidBattery(activity),
        camera=AndroidCamera(activity),
        gps=AndroidGps(activity),
        haptics=AndroidHaptics(activity),
        notices=AndroidNotices(activity, name="Tapak"),
        track=AndroidTrack(activity),
        links=AndroidLinks(activity),
    )

    container = Container(
        PhoneSettings(data=data, copies=folder_for_copies(activity), language=language_of_phone()),
        adapters=adapters,
        on_ui_thread=lambda call: Clock.schedule_once(lambda _dt: call()),
        examination=examination,
    )
    TapakApp(container).run()


if __name__ == "__main__":
    main()
