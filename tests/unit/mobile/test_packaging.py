"""What goes into the Android package, and the rules that find what must not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mobile.android import manifest_hook, shipped, staging
from mobile.device import keyring_secrets

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a small checkout with one file of every kind."""
    root = tmp_path / "checkout"
    for name in (
        "mobile/android/main.py",
        "mobile/android/tools.in",
        "mobile/android/track.py",
        "mobile/app.py",
        "mobile/app.kv",
        "mobile/main.py",
        "mobile/device/keyring_secrets.py",
        "mobile/locale/id/LC_MESSAGES/messages.po",
        "mobile/locale/id/LC_MESSAGES/messages.mo",
        "mobile/widgets/fonts/README.md",
        "server/app.py",
        "shared/money.py",
    ):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n")
    return root


def test_the_package_holds_the_phone_and_what_it_shares(checkout: Path, tmp_path: Path) -> None:
    names = staging.stage(tmp_path / "apk", root=checkout)

    assert names == [
        "main.py",
        "mobile/app.kv",
        "mobile/app.py",
        "mobile/locale/id/LC_MESSAGES/messages.mo",
        "shared/money.py",
        "track.py",
    ]
    assert (tmp_path / "apk" / "main.py").read_text() == "# mobile/android/main.py\n"


def test_staging_again_leaves_nothing_of_before(checkout: Path, tmp_path: Path) -> None:
    staging.stage(tmp_path / "apk", root=checkout)
    (checkout / "mobile" / "app.kv").unlink()
    names = staging.stage(tmp_path / "apk", root=checkout)

    assert "mobile/app.kv" not in names
    assert not (tmp_path / "apk" / "mobile" / "app.kv").exists()


def test_a_catalogue_that_is_not_compiled_stops_the_staging(checkout: Path, tmp_path: Path) -> None:
    (checkout / "mobile/locale/id/LC_MESSAGES/messages.mo").unlink()

    with pytest.raises(staging.CatalogueMissingError, match=r"messages\.po is not compiled"):
        staging.stage(tmp_path / "apk", root=checkout)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import sqlalchemy", "a.py:1 imports sqlalchemy, which is not on the phone"),
        ("import bz2", "a.py:1 imports bz2, which is not on the phone"),
        ("def f():\n    import flask", "a.py:2 imports flask, which is not on the phone"),
        ("import mobile.main", "a.py:1 imports mobile.main at once, which only desktops have"),
        (
            "from mobile import main",
            "a.py:1 imports mobile.main at once, which only desktops have",
        ),
    ],
)
def test_an_import_the_phone_cannot_do_is_found(tmp_path: Path, code: str, fault: str) -> None:
    assert faults_of(tmp_path, code) == [fault]


@pytest.mark.parametrize(
    "code",
    [
        "import sqlite3, zoneinfo",
        "from jnius import autoclass",
        "from android.permissions import check_permission",
        "import urllib3",
        "def on_a_desktop():\n    from mobile.main import main",
    ],
)
def test_an_import_the_phone_can_do_is_no_fault(tmp_path: Path, code: str) -> None:
    assert faults_of(tmp_path, code) == []


def faults_of(folder: Path, code: str) -> list[str]:
    (folder / "mobile").mkdir()
    (folder / "a.py").write_text(code)
    return shipped.faults_of_imports(
        folder,
        requirements=["kivy==2.3.1", "pyjnius==1.7.0", "urllib3==2.8.0"],
        desktop_only=frozenset({"mobile/main.py"}),
    )


def test_a_file_whose_type_the_package_leaves_out_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    (tmp_path / "map.mbtiles").touch()

    assert shipped.faults_of_types(tmp_path, extensions=["py", "kv"]) == [
        "map.mbtiles would be left out: .mbtiles is not in source.include_exts"
    ]


def test_what_only_desktops_have_is_in_the_checkout() -> None:
    # A renamed file would be shipped again, with its imports.
    assert Path(str(keyring_secrets.__file__)).relative_to(ROOT).as_posix() in staging.DESKTOP_ONLY
    assert [name for name in staging.DESKTOP_ONLY if not (ROOT / name).exists()] == []


def test_the_tools_of_the_package_are_locked_with_hashes_and_without_hosts() -> None:
    text = (ROOT / "requirements-android.lock").read_text()
    wanted = re.findall(
        r"^([\w-]+)==([\w.]+)",
        (ROOT / "mobile" / "android" / "tools.in").read_text(),
        re.MULTILINE,
    )
    locked = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)

    assert wanted
    assert set(wanted) <= set(locked)
    assert [
        entry for entry in re.split(r"\n(?=\S)", text.strip()) if "--hash=sha256:" not in entry
    ] == []
    assert "://" not in text


def test_the_workflow_that_builds_the_package_is_valid_and_trusts_no_moving_tag() -> None:
    workflow = ROOT / ".github" / "workflows" / "apk.yml"
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.github-workflows", workflow],
        capture_output=True,
        text=True,
        check=False,
    )
    used = re.findall(r"uses: (\S+)", workflow.read_text())

    assert done.returncode == 0, done.stdout
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


def test_the_camera_app_gets_its_provider_once() -> None:
    manifest = "<manifest><application android:label='x'>\n</application></manifest>"

    mended = manifest_hook.with_provider(manifest)

    assert mended.count("androidx.core.content.FileProvider") == 1
    assert mended.index("<provider") < mended.index("</application>")
    assert manifest_hook.with_provider(mended) == mended
    with pytest.raises(ValueError, match="application"):
        manifest_hook.with_provider("<manifest/>")


def test_the_hook_mends_the_project_that_was_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "src" / "main"
    source.mkdir(parents=True)
    (source / "AndroidManifest.xml").write_text("<manifest><application></application></manifest>")
    monkeypatch.chdir(tmp_path)

    manifest_hook.before_apk_assemble(None)

    assert "FileProvider" in (source / "AndroidManifest.xml").read_text()
    assert "tapak/photos/" in (source / "res" / "xml" / "photo_paths.xml").read_text()
