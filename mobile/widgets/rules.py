"""Loads a module's `.kv` file once: loaded twice, a rule would double every widget's children."""

from pathlib import Path

from kivy.lang import Builder

import mobile.widgets.lean_rules  # noqa: F401 - before any rule is applied


def load_rules(module_file: str) -> None:
    """Load the rules that lie beside a module; call it with `__file__` at the module's end."""
    path = str(Path(module_file).with_suffix(".kv"))
    if path not in Builder.files:
        Builder.load_file(path)
