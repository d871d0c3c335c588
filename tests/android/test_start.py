"""The package's own entry point: the staged files with the adapters, in a real window."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mobile.android import staging

if TYPE_CHECKING:
    from tests.android.conftest import Phone

_START = Path(__file__).with_name("start.py")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the staged package."""
    folder = tmp_path_factory.mktemp("apk")
    staging.stage(folder)
    return folder


def start(
    phone: "Phone",
    package: Path,
    private: Path,
    *,
    until: str = "Welcome to Tapak",
    language: str = "en",
) -> dict[str, Any]:
    """Start the app on the phone's private folder and return what it shows with that text."""
    done = subprocess.run(
        [sys.executable, _START, phone.classes, package, language, until],
        cwd=package,
        env={
            "ANDROID_PRIVATE": str(private),
            "HOME": str(private),
            "KIVY_NO_ARGS": "1",
            "KIVY_NO_FILELOG": "1",
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(phone.python),
            "SDL_VIDEODRIVER": "offscreen",
            **phone.environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_the_package_starts_with_enrolment_and_keeps_its_data_to_itself(
    phone: "Phone", package: Path, tmp_path: Path
) -> None:
    shown = start(phone, package, tmp_path)

    assert shown["screen"] == "enrol"
    assert "Welcome to Tapak" in shown["texts"]
    assert (tmp_path / "tapak").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "tapak" / "phone.db").exists()


def test_on_an_indonesian_phone_it_speaks_indonesian(
    phone: "Phone", package: Path, tmp_path: Path
) -> None:
    shown = start(phone, package, tmp_path, until="Selamat datang", language="id")

    assert "Selamat datang di Tapak" in shown["texts"]


def test_a_damaged_database_is_kept_aside_and_the_rep_told(
    phone: "Phone", package: Path, tmp_path: Path
) -> None:
    start(phone, package, tmp_path)
    database = tmp_path / "tapak" / "phone.db"
    database.write_bytes(b"SQLite format 3\0" + b"rubbish" * 2000)
    damaged = database.read_bytes()
    shown = start(phone, package, tmp_path, until="kept aside")

    assert shown["screen"] == "enrol"
    assert [text for text in shown["texts"] if "kept aside" in text]
    assert (tmp_path / "tapak" / "damaged-1" / "phone.db").read_bytes() == damaged
    assert start(phone, package, tmp_path)["screen"] == "enrol"
