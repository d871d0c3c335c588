"""Imports and tests the staged phone on the phone's Python; check.mjs runs it there."""

import importlib
import os
import sys
from pathlib import Path

_CHECKOUT = Path("/checkout")
_STAGED = _CHECKOUT / "build" / "apk"
# What only a window or an Android phone has; those parts are tested on other Pythons.
_ELSEWHERE = {"android", "jnius", "kivy"}
_TESTS = (
    "tests/golden",
    "tests/unit/mobile/test_a_day_on_the_phone.py",
    "tests/unit/mobile/test_formats.py",
    "tests/unit/mobile/test_simulated_gps.py",
    "tests/unit/shared",
)
# Hypothesis has a native half, made for the checkout's Python; some tests borrow from its tests.
_NOT_HERE = ("hypothesis", "from tests.unit.")


def main(site_packages: str) -> int:
    """Return 0 where everything imports and passes; print what does not."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(_STAGED))
    sys.path.append(site_packages)
    os.chdir(_CHECKOUT)
    print(f"Python {sys.version.split()[0]}")
    # Where they are installed for another Python, they must not be half imported either.
    sys.modules.update(dict.fromkeys(_ELSEWHERE))  # type: ignore[arg-type]
    faults = _faults_of_imports()
    for fault in faults:
        print(f"FAULT {fault}")
    return int(bool(faults)) or _run_tests()


def _faults_of_imports() -> list[str]:
    faults = []
    imported = 0
    for file in sorted(_STAGED.rglob("*.py")):
        name = ".".join(file.relative_to(_STAGED).with_suffix("").parts).removesuffix(".__init__")
        try:
            importlib.import_module(name)
            imported += 1
        except ModuleNotFoundError as missing:
            if (missing.name or "").split(".")[0] not in _ELSEWHERE:
                faults.append(f"{name}: {missing}")
        except Exception as fault:  # noqa: BLE001 - whatever an import can raise is a fault
            faults.append(f"{name}: {fault!r}")
    print(f"Imported: {imported} modules of the package")
    return faults


def _run_tests() -> int:
    import pytest  # noqa: PLC0415 - comes from the checkout's environment

    files = [
        str(file)
        for test in _TESTS
        for file in sorted(Path(test).rglob("test_*.py") if Path(test).is_dir() else [Path(test)])
        if not any(word in file.read_text() for word in _NOT_HERE)
    ]
    return int(
        pytest.main(
            [
                *(
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "-W",
                    "ignore::pytest.PytestConfigWarning",
                    "--tb=short",
                ),
                *("-o", "addopts=--import-mode=importlib", "-o", "strict_config=false"),
                *("-o", "pythonpath=build/apk ."),
                *files,
            ]
        )
    )
