"""Files stay short, and say nothing about the machine they were written on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
CODE = {".py", ".kv", ".html", ".css", ".js", ".sql", ".sh"}
# Taken over from elsewhere, or written by a tool.
NOT_OURS = ("server/migrations/versions/", "server/web/static/vendor/")

# Put together here, so that this file does not find itself.
REGISTRIES = ("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)")
PLACES = (r"/wo" + r"rk/", r"/ro" + r"ot/", r"/ho" + r"me/\w", r"/Use" + r"rs/\w")


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Return the content of every tracked text file of ours."""
    contents = {}
    for name in tracked_files():
        if name.startswith(NOT_OURS):
            continue
        raw = (ROOT / name).read_bytes()
        if b"\0" not in raw:
            contents[name] = raw.decode()
    return contents


def test_no_file_of_code_is_too_long_to_read(texts: dict[str, str]) -> None:
    lengths = {name: text.count("\n") for name, text in texts.items() if Path(name).suffix in CODE}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_file_names_a_package_registry(texts: dict[str, str]) -> None:
    assert find(texts, REGISTRIES) == []


def test_no_file_names_a_folder_of_somebodys_machine(texts: dict[str, str]) -> None:
    assert find(texts, PLACES) == []


def find(texts: dict[str, str], patterns: tuple[str, ...]) -> list[str]:
    pattern = re.compile("|".join(patterns))
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
