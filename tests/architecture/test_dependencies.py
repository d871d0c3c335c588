"""The locked lists hold what pyproject.toml asks for, agree with each other, and are safe."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {
    "requirements.lock": ["server"],
    "requirements-mobile.lock": ["mobile"],
    "requirements-dev.lock": ["server", "mobile", "dev"],
}
PINNED = re.compile(r"^(?P<name>[\w.-]+)(\[.*\])?==(?P<version>[\w.+!]+)")


def locked(file: str) -> dict[str, set[str]]:
    """Return the versions of each package; more than one where it depends on the Python."""
    versions: dict[str, set[str]] = {}
    for line in (ROOT / file).read_text().splitlines():
        if match := PINNED.match(line):
            versions.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return versions


def wanted(extras: list[str]) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("file", LOCKS)
def test_a_list_has_what_the_project_asks_for(file: str) -> None:
    versions = locked(file)

    unmet = [
        str(requirement)
        for requirement in wanted(LOCKS[file])
        if not any(
            requirement.specifier.contains(version, prereleases=True)
            for version in versions.get(canonicalize_name(requirement.name), ())
        )
    ]

    assert unmet == [], "run ./run lock"


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-mobile.lock"])
def test_the_smaller_lists_agree_with_the_one_for_development(file: str) -> None:
    everything = locked("requirements-dev.lock")

    assert {name: everything.get(name) for name in locked(file)} == locked(file)


@pytest.mark.parametrize("file", LOCKS)
def test_every_package_has_its_hashes_and_no_source(file: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / file).read_text().strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in (ROOT / file).read_text()


def test_the_phone_carries_nothing_of_the_server() -> None:
    unwanted = {"flask", "sqlalchemy", "redis", "rq", "granian"}

    assert not unwanted & set(locked("requirements-mobile.lock"))
