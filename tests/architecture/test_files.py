"""Files stay short, and say nothing about the machine they were written on."""

import re
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, files_of_checkout

LONGEST = 400
# A test reads from top to bottom, and its cases belong side by side.
LONGEST_TEST = 600
CODE = {".py", ".kv", ".html", ".css", ".js", ".sql", ".sh"}
# Taken over from elsewhere, or written by a tool.
NOT_OURS = ("server/migrations/versions/", "server/web/static/vendor/")

# Put together here, so that this file does not find itself.
REGISTRIES = ("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)")
PLACES = (r"/wo" + r"rk/", r"/ro" + r"ot/", r"/ho" + r"me/\w", r"/Use" + r"rs/\w")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Return the content of every text file of ours."""
    contents = {}
    for name in files_of_checkout():
        if name.startswith(NOT_OURS):
            continue
        raw = (ROOT / name).read_bytes()
        if b"\0" not in raw:
            contents[name] = raw.decode()
    return contents


def test_no_file_of_code_is_too_long_to_read(texts: dict[str, str]) -> None:
    lengths = {name: text.count("\n") for name, text in texts.items() if Path(name).suffix in CODE}

    too_long = {
        name: lines
        for name, lines in lengths.items()
        if lines > (LONGEST_TEST if name.startswith("tests/") else LONGEST)
    }
    assert too_long == {}


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
