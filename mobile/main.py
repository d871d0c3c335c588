"""Starts the phone's app: `python -m mobile.main --help`."""

import argparse
import gc
import locale
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mobile.device.simulated_gps import Track, read_track
from mobile.settings import PhoneSettings, demo_enrolment
from mobile.storage.examination import FILE_NAME, Examination
from shared.geo import Position
from shared.i18n import best_language

if TYPE_CHECKING:
    from mobile.app import TapakApp


def main() -> None:
    """Read the command line, open the window, run until it is closed."""
    settings, size = read_arguments()
    _require_screen(os.environ)
    app = make_app(settings, size)
    watched = os.environ.get("TAPAK_PHONE_WATCH")
    if watched:
        from mobile.widgets.watch import watch  # noqa: PLC0415

        watch(Path(watched))
    app.run()


def make_app(settings: PhoneSettings, size: tuple[int, int]) -> "TapakApp":
    """
    Return the app, ready to run in a window of so many pixels.

    :raises SystemExit: if the phone's database is damaged; says what to do
    """
    gc.disable()  # until the first frame: nearly all that a start makes, it keeps
    # The one long wait of the start; it needs nothing of what is imported meanwhile.
    examination = Examination(settings.data / FILE_NAME)
    _prepare_log()
    prepare_window(size)
    # Kivy reads its environment when it is imported.
    from kivy.clock import Clock  # noqa: PLC0415

    from mobile.app import TapakApp  # noqa: PLC0415
    from mobile.container.adapters import desktop_adapters  # noqa: PLC0415
    from mobile.container.container import Container  # noqa: PLC0415

    container = Container(
        settings,
        adapters=desktop_adapters(settings),
        on_ui_thread=lambda call: Clock.schedule_once(lambda _dt: call()),
        examination=examination,
    )
    return TapakApp(container)


def read_arguments(arguments: list[str] | None = None) -> tuple[PhoneSettings, tuple[int, int]]:
    """
    Return the settings and the window's size in pixels.

    :raises SystemExit: if the command line cannot be understood; says what is wrong
    """
    parser = argparse.ArgumentParser(
        prog="./run phone", description="The rep's phone, in a window of this computer."
    )
    parser.add_argument("--server", default="", help="address of the server to connect with")
    parser.add_argument("--code", default="", help="enrolment code, from the server's web page")
    parser.add_argument(
        "--data",
        type=Path,
        default=None,
        help="folder of this phone's data; another folder is another phone",
    )
    parser.add_argument("--at", type=_place, metavar="LAT,LNG", help="where the phone lies still")
    parser.add_argument(
        "--track",
        "--gpx",
        type=_track,
        metavar="FILE",
        help="track the phone is carried along, from its start and as fast as it was recorded: "
        "GPX, GeoLife's .plt, or its table with lat, lng and datetime",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=28.0,
        metavar="KM/H",
        help="how fast the simulated rep rides along today's route (28)",
    )
    parser.add_argument(
        "--tiles",
        type=Path,
        metavar="FILE",
        help="MBTiles file under the map (map.mbtiles in the data folder)",
    )
    parser.add_argument("--offline", action="store_true", help="start without a network")
    parser.add_argument(
        "--size", type=_size, default=(412, 915), metavar="WxH", help="the window (412x915)"
    )
    given = parser.parse_args(arguments)
    demo = Path(os.environ.get("TAPAK_DATA") or "data")
    server, code = given.server, given.code
    if not server and not code:
        try:
            server, code = demo_enrolment(demo)
        except ValueError as fault:
            parser.error(str(fault))
    system_language = locale.getlocale()[0]
    settings = PhoneSettings(
        data=given.data or demo / "phone",
        server=server,
        code=code,
        place=given.at,
        track=given.track,
        speed_kmh=given.speed,
        is_offline=given.offline,
        tiles=given.tiles,
        language=best_language(system_language),
    )
    return settings, given.size


def _require_screen(environment: Mapping[str, str]) -> None:
    """Stop with a sentence where a window would open that nobody can see."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    if sys.platform == "linux" and not any(environment.get(name) for name in named):
        sys.exit("There is no screen here. Run it on a desktop, or with:  xvfb-run ./run phone")


def _prepare_log() -> None:
    os.environ["KIVY_LOG_MODE"] = "PYTHON"
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("kivy").addFilter(_is_worth_telling)


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Leave out Kivy's facts about OpenGL; it sets its own level, so a filter must.

    Without xclip only the middle mouse button cannot paste: no reason for a traceback either.
    """
    return record.levelno >= logging.ERROR and not record.getMessage().startswith("Cutbuffer")


def prepare_window(size: tuple[int, int]) -> None:
    """Tell Kivy what window to open; before anything else of it is imported."""
    os.environ["KIVY_NO_ARGS"] = "1"
    os.environ.setdefault("KIVY_NO_CONFIG", "1")
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    from kivy.config import Config  # noqa: PLC0415

    width, height = size
    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    Config.set("graphics", "resizable", "0")
    # What is round smooths its own edge; four samples of each pixel take 30 MB here, and time.
    Config.set("graphics", "multisamples", "0")
    # A right click would paint a red dot: the emulation of a second finger.
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("kivy", "exit_on_escape", "0")


def _place(text: str) -> Position:
    try:
        latitude, longitude = map(float, text.split(","))
        return Position(latitude, longitude)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"give it as -6.2383,106.9756 ({fault})") from fault


def _track(text: str) -> Track:
    try:
        return read_track(Path(text))
    except (OSError, ValueError) as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError("give it as 412x915")
    return int(width), int(height)


if __name__ == "__main__":
    main()
