"""Starts the staged package as Android would, waits for a text on its screen, and ends it.

start.py CLASSES PACKAGE LANGUAGE TEXT: the compiled stubs, the folder of the staged package, the
language of the phone, and part of the text.
"""

import json
import os
import runpy
import sys
import time

import jnius_config

_PATIENCE_S = 30.0


def main(classes: str, package: str, language: str, wanted: str) -> None:
    """Run the package's main.py; write its screen and texts as JSON when the text is there."""
    jnius_config.set_classpath(classes)
    jnius_config.add_options(f"-Duser.language={language}")
    from jnius import autoclass

    autoclass("org.tapak.test.PhoneKeyStore").install()
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.config import Config

    Config.set("graphics", "width", "412")
    Config.set("graphics", "height", "915")

    ends_at = time.monotonic() + _PATIENCE_S

    def look(_dt: float) -> None:
        app = App.get_running_app()
        if app is None or app.root is None:
            return
        from kivy.core.window import Window

        # A sheet lies over the root, in the window itself.
        shown_now = [widget for top in Window.children for widget in top.walk()]
        texts = [widget.text for widget in shown_now if getattr(widget, "text", "")]
        if any(wanted in text for text in texts) or time.monotonic() > ends_at:
            shown = {"screen": app.root.ids.manager.current, "texts": texts}
            sys.stdout.write(json.dumps(shown) + "\n")
            app.stop()

    Clock.schedule_interval(look, 0.1)
    os.chdir(package)
    sys.path.insert(0, package)
    runpy.run_path("main.py", run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
