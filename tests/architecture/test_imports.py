"""The import rules of docs/architecture.md hold, and no feature escapes them."""

import configparser
import subprocess
import sys
from pathlib import Path

from tests.support.checkout import ROOT, files_of_checkout

# Packages of the server that are no features: they have files of their own kinds.
NOT_FEATURES = {"demo", "locale", "migrations", "platform", "sync", "web"}


def test_the_import_rules_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_feature_is_under_the_rules_of_its_files() -> None:
    contracts = (read_contract("file-roles"), read_contract("metrics-file-roles"))

    checked = {
        name.removeprefix("server.")
        for contract in contracts
        for name in contract["containers"].split()
    }

    assert checked | NOT_FEATURES >= packages_of_the_server()
    assert not checked & NOT_FEATURES


def test_every_package_of_the_server_has_its_place_in_the_layers() -> None:
    layers = read_contract("features")["layers"]

    placed = {word.strip("()").removeprefix("server.") for word in layers.replace("|", " ").split()}

    assert placed >= packages_of_the_server() - {"locale", "migrations"}


def test_packages_do_nothing_when_imported() -> None:
    packages = [name for name in files_of_checkout() if name.endswith("/__init__.py")]

    busy = [name for name in packages if (ROOT / name).read_text().strip()]

    assert busy == []


def packages_of_the_server() -> set[str]:
    return {file.parent.name for file in (ROOT / "server").glob("*/*.py")}


def read_contract(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / ".importlinter")
    return parser[f"importlinter:contract:{name}"]
