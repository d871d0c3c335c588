"""Rules for the staged files: every import is there on the phone, every file gets into the APK."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What python-for-android strips from the standard library, or Android cannot do.
NOT_ON_ANDROID = frozenset(
    {
        "_tkinter",
        "bz2",
        "crypt",
        "curses",
        "ensurepip",
        "grp",
        "idlelib",
        "lib2to3",
        "lzma",
        "multiprocessing",
        "pty",
        "readline",
        "spwd",
        "test",
        "tkinter",
        "turtle",
        "venv",
    }
)
_MODULES_OF = {
    "charset-normalizer": "charset_normalizer",
    "kivy-garden-mapview": "kivy_garden",
    "pyjnius": "jnius",
}
# python-for-android's own module, from its recipe of that name.
_OF_THE_BOOTSTRAP = frozenset({"android"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import of a staged file."""

    file: str
    line: int
    module: str
    """Dotted; for `from a import b` both `a` and, as another import, `a.b`."""
    is_deferred: bool
    """Inside a function, so not done by importing the file."""


def modules_of(requirements: list[str]) -> frozenset[str]:
    """Return the top modules that requirements such as `kivy==2.3.1` bring."""
    names = [requirement.partition("==")[0] for requirement in requirements]
    return frozenset(_MODULES_OF.get(name, name.replace("-", "_")) for name in names)


def faults_of_imports(
    folder: Path, *, requirements: list[str], desktop_only: frozenset[str]
) -> list[str]:
    """Return what a staged folder imports and the phone would not have."""
    own = {entry.stem for entry in folder.iterdir()}
    allowed = (
        (frozenset(sys.stdlib_module_names) - NOT_ON_ANDROID)
        | modules_of(requirements)
        | _OF_THE_BOOTSTRAP
        | own
    )
    left_out = {name.removesuffix(".py").replace("/", ".") for name in desktop_only}
    faults = []
    for found in imports_of(folder):
        where = f"{found.file}:{found.line} imports {found.module}"
        if found.module.split(".")[0] not in allowed:
            faults.append(f"{where}, which is not on the phone")
        elif found.module in left_out and not found.is_deferred:
            faults.append(f"{where} at once, which only desktops have")
    return faults


def faults_of_types(folder: Path, *, extensions: list[str]) -> list[str]:
    """Return the staged files that the package would leave out, by the spec's list of types."""
    kept = {f".{extension}" for extension in extensions}
    return [
        f"{file.relative_to(folder)} would be left out: {file.suffix or 'no suffix'} is not in "
        "source.include_exts"
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix not in kept and "__pycache__" not in file.parts
    ]


def imports_of(folder: Path) -> Iterator[Import]:
    """Give every import of every Python file below a folder."""
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        yield from _imports_in(ast.parse(file.read_text()), file=name, is_deferred=False)


def _imports_in(node: ast.AST, *, file: str, is_deferred: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for module in _modules_named(child):
            line = child.lineno if isinstance(child, ast.stmt) else 0
            yield Import(file=file, line=line, module=module, is_deferred=is_deferred)
        inside = is_deferred or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _imports_in(child, file=file, is_deferred=inside)


def _modules_named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
