"""Copies what the phone needs, and nothing else, into the folder the package is made from."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGED = ROOT / "build" / "apk"
"""Where buildozer.spec looks."""
PACKAGES = ("mobile", "shared")
STARTED = {"main.py": "mobile/android/main.py", "track.py": "mobile/android/track.py"}
"""What python-for-android starts: the app, and the service that keeps the route."""
DESKTOP_ONLY = frozenset({"mobile/device/keyring_secrets.py", "mobile/main.py"})
"""Never on the phone, so nothing there may import them but inside a function of desktops."""

_TOOLS = ("mobile/android/",)
_NOT_SHIPPED = frozenset({".md", ".po", ".pyc"})


class CatalogueMissingError(Exception):
    """A catalogue was not compiled: the phone would speak English only."""


def stage(target: Path, *, root: Path = ROOT) -> list[str]:
    """
    Fill a folder anew and return the paths in it, relative to it.

    :raises CatalogueMissingError: if a .po file of the phone has no .mo file beside it
    """
    names = shipped_files(root)
    shutil.rmtree(target, ignore_errors=True)
    for name in names:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, copy)
    for name, source in STARTED.items():
        shutil.copyfile(root / source, target / name)
    return sorted([*names, *STARTED])


def shipped_files(root: Path = ROOT) -> list[str]:
    """
    Return the files of the checkout that go to the phone as they are.

    :raises CatalogueMissingError: if a .po file of the phone has no .mo file beside it
    """
    names = []
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            name = file.relative_to(root).as_posix()
            if file.suffix == ".po" and not file.with_suffix(".mo").exists():
                raise CatalogueMissingError(f"{name} is not compiled")
            if file.is_file() and is_shipped(name):
                names.append(name)
    return names


def is_shipped(name: str) -> bool:
    """Whether a file of the checkout goes to the phone."""
    return (
        name.startswith(tuple(f"{package}/" for package in PACKAGES))
        and not name.startswith(_TOOLS)
        and name not in DESKTOP_ONLY
        and Path(name).suffix not in _NOT_SHIPPED
    )


if __name__ == "__main__":
    stage(STAGED)
