"""Secrets, clocks, the command line: what the desktop has in place of a phone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mobile.device.clock import LinuxClock
from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.secrets import FileSecrets
from mobile.main import read_arguments
from mobile.settings import demo_enrolment
from shared.geo import Position


def test_secrets_in_a_file_are_for_their_owner_only(tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.write("access_token", "a")
    secrets.write("refresh_token", "b")
    secrets.delete("access_token")
    secrets.delete("never there")

    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert FileSecrets(tmp_path / "secrets.json").read("refresh_token") == "b"
    assert secrets.read("access_token") is None


def test_the_monotonic_clock_counts_from_boot_and_boots_are_told_apart() -> None:
    clock = LinuxClock()
    before = clock.elapsed_ms()

    assert clock.elapsed_ms() >= before > 0
    assert len(clock.boot_id) == 36
    assert LinuxClock().boot_id == clock.boot_id


def test_a_switch_of_the_network_is_told_once() -> None:
    network = SwitchedConnectivity()
    heard: list[bool] = []
    network.subscribe(heard.append)
    network.switch(is_online=False)
    network.switch(is_online=False)
    network.switch(is_online=True)

    assert heard == [False, True]


def test_the_phone_connects_with_the_demo_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"server": "http://127.0.0.1:8080", "code": "ABCDE-FGHJK"}
    (tmp_path / "phone-enrolment.json").write_text(json.dumps(told))
    monkeypatch.setenv("TAPAK_DATA", str(tmp_path))
    settings, size = read_arguments([])

    assert (settings.server, settings.code) == ("http://127.0.0.1:8080", "ABCDE-FGHJK")
    assert settings.data == tmp_path / "phone"
    assert size == (412, 915)


def test_what_is_given_wins_over_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "phone-enrolment.json").write_text("{}")
    monkeypatch.setenv("TAPAK_DATA", str(tmp_path))
    settings, _ = read_arguments(["--server", "https://a.example", "--code", "X", "--offline"])

    assert (settings.server, settings.code, settings.is_offline) == ("https://a.example", "X", True)


def test_place_and_size_are_read() -> None:
    settings, size = read_arguments(["--server", "s", "--at=-6.2,106.9", "--size", "360x800"])

    assert settings.place == Position(-6.2, 106.9)
    assert size == (360, 800)


@pytest.mark.parametrize("arguments", [["--at", "here"], ["--size", "big"], ["--gpx", "none.gpx"]])
def test_a_wrong_argument_is_named(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--server", "s", *arguments])

    assert arguments[0] in capsys.readouterr().err


def test_a_damaged_enrolment_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "phone-enrolment.json").write_text("{]")

    with pytest.raises(ValueError, match=r"phone-enrolment\.json"):
        demo_enrolment(tmp_path)


def test_without_a_screen_the_phone_says_so() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "mobile.main", "--server", "s"],
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert "There is no screen here." in answer.stderr
