"""Holds the package against python-for-android itself: all that can be known without an SDK.

Run by `./run apk-check` in the environment of requirements-android.lock.
"""

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from buildozer.specparser import SpecParser

from mobile.android import shipped, staging
from mobile.android.resolver import (
    ANDROID,
    Resolution,
    ResolutionError,
    fetched_modules,
    render_manifest,
    resolve,
)

_HERE = Path(__file__).parent
_LOCK = staging.ROOT / "requirements-mobile.lock"
_PERMISSIONS = {
    "android.permission.INTERNET",
    "android.permission.ACCESS_NETWORK_STATE",
    "android.permission.ACCESS_COARSE_LOCATION",
    "android.permission.ACCESS_FINE_LOCATION",
    "android.permission.FOREGROUND_SERVICE",
    "android.permission.FOREGROUND_SERVICE_LOCATION",
    "android.permission.POST_NOTIFICATIONS",
    "android.permission.VIBRATE",
}
_SERVICE = re.compile(r"(\w+):([\w./]+):foreground:foregroundServiceType=location")
# Asked for by p4a's recipes of Kivy and pyjnius, so not in the list that desktops install.
_FROM_RECIPES = {"chardet", "hostpython3", "pyjnius", "python3", "six"}


class Spec:
    """The [app] section of buildozer.spec, read by buildozer's own parser."""

    def __init__(self, file: Path) -> None:
        self._parser = SpecParser()
        self._parser.read(file, "utf-8")

    def text(self, key: str) -> str:
        """Return a value; it must be there."""
        return str(self._parser.get("app", key))

    def words(self, key: str) -> list[str]:
        """Return a value of words between commas."""
        return [word.strip() for word in self.text(key).split(",") if word.strip()]


def main() -> None:
    """Print what was checked and every fault, and exit 1 where there is one."""
    logging.disable(logging.INFO)
    spec = Spec(_HERE / "buildozer.spec")
    staged = staging.stage(staging.STAGED)
    faults = [*rules(spec), *rules_of_services(spec), *faults_of_staged(spec)]
    print(f"Staged: {len(staged)} files, imports and types read")
    resolution = resolve(spec.words("requirements"), bootstrap=spec.text("p4a.bootstrap"))
    print(f"Recipes: {len(resolution.recipes)}, Python {resolution.recipes['python3']}")
    faults += faults_of_resolution(spec, resolution)
    faults += faults_of_manifest(spec)
    for fault in faults:
        print(f"FAULT {fault}")
    sys.exit(bool(faults))


def rules(spec: Spec) -> Iterator[str]:
    """Give what is wrong with the spec by itself."""
    locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", _LOCK.read_text(), re.MULTILINE))
    for requirement in spec.words("requirements"):
        name, _, version = requirement.partition("==")
        if not version:
            yield f"{name} has no version"
        elif name not in _FROM_RECIPES and locked.get(name) != version:
            yield f"{requirement}, but {_LOCK.name} has {locked.get(name)}"
    if spec.text("android.archs") != "arm64-v8a":
        yield "android.archs is not arm64-v8a"
    if int(spec.text("android.minapi")) < int(spec.text("android.ndk_api")):
        yield "android.minapi is below android.ndk_api"
    if set(spec.words("android.permissions")) != _PERMISSIONS:
        yield f"android.permissions are not {sorted(_PERMISSIONS)}"
    if spec.text("android.allow_backup") != "False":
        yield "android.allow_backup would let tokens leave the phone"
    if not re.fullmatch(r"[0-9a-f]{40}", spec.text("p4a.commit")):
        yield "p4a.commit names no commit"
    if (_HERE / spec.text("source.dir")).resolve() != staging.STAGED.resolve():
        yield "source.dir is not where staging.py stages"


def rules_of_services(spec: Spec) -> Iterator[str]:
    """Give what is wrong with what goes on while the screen is off."""
    for service in spec.words("services"):
        told = _SERVICE.fullmatch(service)
        if told is None:
            yield f"{service} is no foreground service that may know the place (Android 14)"
        elif told[2] not in staging.STARTED:
            yield f"{told[2]} is nothing that staging.py puts beside main.py"


def faults_of_staged(spec: Spec) -> list[str]:
    """Return what is wrong with the files."""
    return [
        *shipped.faults_of_imports(
            staging.STAGED,
            requirements=spec.words("requirements"),
            desktop_only=staging.DESKTOP_ONLY,
        ),
        *shipped.faults_of_types(staging.STAGED, extensions=spec.words("source.include_exts")),
    ]


def faults_of_resolution(spec: Spec, resolution: Resolution) -> Iterator[str]:
    """Give what python-for-android would build or fetch otherwise than the spec says."""
    requirements = spec.words("requirements")
    pins = {name: version for name, _, version in (line.partition("==") for line in requirements)}
    for name, version in resolution.recipes.items():
        if name in pins and pins[name] != version:
            yield f"{name}=={pins[name]}, but the recipe is tested with {version}"
    try:
        fetched = fetched_modules(
            requirements,
            resolution,
            arch=spec.text("android.archs"),
            ndk_api=int(spec.text("android.ndk_api")),
        )
    except ResolutionError as refusal:
        yield f"pip for the phone: {refusal}"
        return
    print(f"Pure Python and Android wheels: {', '.join(sorted(fetched))}")
    for name in sorted(set(fetched) - set(pins) - set(resolution.recipes)):
        yield f"{name}=={fetched[name]} comes along and is not in requirements"


def faults_of_manifest(spec: Spec) -> Iterator[str]:
    """Give what Android would read otherwise than meant."""
    package = f"{spec.text('package.domain')}.{spec.text('package.name')}"
    manifest = render_manifest(
        package=package,
        version=spec.text("version"),
        permissions=spec.words("android.permissions"),
        api=int(spec.text("android.api")),
        minapi=int(spec.text("android.minapi")),
        backup=spec.text("android.allow_backup").lower(),
        services=[service.partition(":")[0] for service in spec.words("services")],
    )
    asked = {node.get(f"{ANDROID}name") for node in manifest.iter("uses-permission")}
    levels = next(manifest.iter("uses-sdk"))
    application = next(manifest.iter("application"))
    print(f"Manifest: {package}, {len(asked)} permissions, target {spec.text('android.api')}")
    if asked != _PERMISSIONS:
        yield f"the manifest asks for {sorted(map(str, asked))}"
    if levels.get(f"{ANDROID}targetSdkVersion") != spec.text("android.api"):
        yield "the manifest targets another level"
    if application.get(f"{ANDROID}allowBackup") != "false":
        yield "the manifest allows backups"
    providers = [
        (node.get(f"{ANDROID}name"), node.get(f"{ANDROID}exported"))
        for node in manifest.iter("provider")
    ]
    if providers != [("androidx.core.content.FileProvider", "false")]:
        yield f"the camera app could not write its photo, or others could read: {providers}"
    if (_HERE / spec.text("p4a.hook")).resolve() != _HERE / "manifest_hook.py":
        yield "p4a.hook is not the one that adds the provider"
    if not any(
        name.startswith("androidx.core:core:") for name in spec.words("android.gradle_dependencies")
    ):
        yield "the FileProvider's library is missing"
    services = [
        (node.get(f"{ANDROID}name"), node.get(f"{ANDROID}foregroundServiceType"))
        for node in manifest.iter("service")
    ]
    print(f"Services: {services}")
    if services != [(f"{package}.ServiceTrack", "location")]:
        yield f"the manifest has other services: {services}"


if __name__ == "__main__":
    main()
