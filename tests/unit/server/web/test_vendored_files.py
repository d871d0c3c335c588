"""The libraries served are byte for byte those that were reviewed, with their licences."""

import hashlib
import json
from pathlib import Path

from server.web.site import STATIC, SWAGGER_UI_PATH, VENDORED

VENDOR = STATIC / "vendor"
MANIFEST: dict[str, dict[str, str]] = json.loads((VENDOR / "manifest.json").read_text())


def test_every_vendored_file_has_the_hash_of_the_manifest() -> None:
    found = {
        folder.name: {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
        }
        for folder in VENDOR.iterdir()
        if folder.is_dir()
    }

    assert found == MANIFEST


def test_every_library_comes_with_its_licence() -> None:
    assert [name for name, files in MANIFEST.items() if "LICENSE" not in files] == []


def test_the_site_asks_only_for_files_that_are_there() -> None:
    swagger = Path(SWAGGER_UI_PATH.removeprefix("/assets/"), "swagger-ui-bundle.js")

    wanted = [*map(Path, VENDORED.values()), swagger]

    assert [path for path in wanted if not (STATIC / path).exists()] == []


def test_no_colour_is_written_in_a_style_sheet() -> None:
    sheets = "".join(path.read_text() for path in (STATIC / "css").glob("*.css"))

    assert "#" not in sheets.replace("#content", "")
