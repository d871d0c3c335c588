"""Prepares Kivy for a window nobody looks at. Import it before anything of Kivy."""

import os
import tempfile

os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")  # real GL through EGL, no X server
os.environ.setdefault("KIVY_METRICS_DENSITY", "1")
os.environ.setdefault("KIVY_HOME", tempfile.mkdtemp(prefix="tapak-kivy-"))
os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONFIG="1", KIVY_NO_FILELOG="1", KIVY_NO_CONSOLELOG="1")

from kivy.config import Config  # reads the environment when imported

WIDTH, HEIGHT = 412, 915

Config.set("graphics", "width", str(WIDTH))
Config.set("graphics", "height", str(HEIGHT))
Config.set("graphics", "multisamples", "0")
Config.set("kivy", "exit_on_escape", "0")  # as `mobile.main` does
# No mouse, no keyboard: tests make the touches.
for _name, _value in Config.items("input"):
    Config.remove_option("input", _name)
