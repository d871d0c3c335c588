"""The files of this checkout, without what tools and runs leave in it; needs no git."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]

_LEFT_BY_TOOLS = {
    "__pycache__",
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
}
_LEFT_BY_RUNS = {"build", "data", ".env"}


def files_of_checkout() -> list[str]:
    """Return the paths of all files, relative to the root, as .gitignore would leave them."""
    names = []
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        ignored = _LEFT_BY_TOOLS | (_LEFT_BY_RUNS if here == Path() else set())
        folders[:] = [name for name in folders if name not in ignored]
        names += [
            (here / name).as_posix()
            for name in files
            if name not in ignored and not name.endswith((".mo", ".pyc"))
        ]
    return sorted(names)
