"""Asks python-for-android itself what a package of these requirements would hold; needs no SDK."""

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import jinja2
import pythonforandroid
from pythonforandroid.bootstrap import Bootstrap
from pythonforandroid.build import Context
from pythonforandroid.graph import get_recipe_order_and_bootstrap
from pythonforandroid.recipe import PyProjectRecipe, Recipe

from mobile.android.manifest_hook import with_provider

ANDROID = "{http://schemas.android.com/apk/res/android}"
_MANIFEST = "bootstraps/_sdl_common/build/templates/AndroidManifest.tmpl.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What goes into the package, as python-for-android works it out."""

    recipes: dict[str, str | None]
    """Versions of what it builds itself; None where the recipe has none."""
    modules: list[str]
    """What it takes from a package registry."""


class ResolutionError(Exception):
    """The phone's Python cannot install these modules."""


def resolve(requirements: list[str], *, bootstrap: str) -> Resolution:
    """Return what python-for-android would build and fetch."""
    names = [requirement.partition("==")[0] for requirement in requirements]
    with tempfile.TemporaryDirectory() as storage:
        context = Context()
        context.setup_dirs(storage)
        context.recipe_build_order = []
        chosen = Bootstrap.get_bootstrap(bootstrap, context)
        order, modules, _ = get_recipe_order_and_bootstrap(context, names, chosen)
        recipes = {}
        own_modules = list(modules)
        for name in order:
            recipe = _recipe(name, context)
            if recipe is None:
                own_modules.append(name)
                continue
            recipes[name] = recipe.version
            own_modules += recipe.python_depends
    return Resolution(recipes=recipes, modules=sorted(set(own_modules) - set(recipes)))


def fetched_modules(
    requirements: list[str], resolution: Resolution, *, arch: str, ndk_api: int
) -> dict[str, str]:
    """
    Return the versions of what pip would put on the phone, dependencies included.

    The command is python-for-android's own, so what it refuses, a build refuses. Asks the
    package registry that pip is set up for.

    :raises ResolutionError: if something has no wheel for the phone
    """
    pins = {requirement.partition("==")[0]: requirement for requirement in requirements}
    wanted = [pins.get(module, module) for module in resolution.modules]
    tags = PyProjectRecipe.get_wheel_platform_tags(arch, SimpleNamespace(ndk_api=ndk_api))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", *wanted, "--dry-run", "--quiet"]
        command += ["--ignore-installed", "--only-binary=:all:", "--disable-pip-version-check"]
        command += ["--python-version", str(resolution.recipes["python3"])]
        command += [f"--platform={tag}" for tag in tags]
        done = subprocess.run(
            [*command, "--report", report], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ResolutionError(done.stderr.strip().splitlines()[-1])
        found = json.loads(report.read_text())["install"]
    # As the lists write names: `kivy-garden-mapview` calls itself kivy-garden.mapview.
    return {
        re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower(): item["metadata"]["version"]
        for item in found
    }


def render_manifest(
    *,
    package: str,
    version: str,
    permissions: list[str],
    services: list[str],
    api: int,
    minapi: int,
    backup: str,
) -> ET.Element:
    """
    Return AndroidManifest.xml as python-for-android's own template makes it.

    :param services: names of services that may know the place
    """
    template = Path(pythonforandroid.__file__).parent / _MANIFEST
    arguments = _Blank(
        activity_launch_mode="singleTask",
        add_activity=[],
        allow_backup=backup,
        android_apptheme="@android:style/Theme.NoTitleBar",
        android_entrypoint="org.kivy.android.PythonActivity",
        android_used_libs=[],
        manifest_orientation="portrait",
        meta_data=[],
        min_sdk_version=minapi,
        numeric_version="1",
        package=package,
        permissions=[_Blank(name=name) for name in permissions],
        version=version,
        window=True,
    )
    # XML by the tool's own template, from the spec of this repository.
    environment = jinja2.Environment()  # noqa: S701
    text = environment.from_string(template.read_text()).render(
        args=arguments,
        android_api=api,
        debug=False,
        native_services=[],
        service=False,
        service_data=[(name, "location") for name in services],
        url_scheme="kivy",
    )
    return ET.fromstring(with_provider(text.strip()))  # noqa: S314


class _Blank(SimpleNamespace):
    """Answers "" to what the template asks and the spec does not set, as p4a's options do."""

    def __getattr__(self, name: str) -> str:
        return ""


def _recipe(name: str, context: Any) -> Any:
    try:
        return Recipe.get_recipe(name, context)
    except ValueError:  # a plain module of the registry
        return None
