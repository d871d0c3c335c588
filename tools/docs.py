"""Write the generated pages of docs/ anew, or with `--check` say which are out of date.

`docs/settings.md` and `.env.example`'s names come from the settings, `docs/api.md` from the
OpenAPI document and the error classes, `docs/metrics.md` from the metric catalogue. The table of
faults in `docs/sync.md` comes from the markers of the tests.
"""

import importlib
import pkgutil
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import server
from server.app import create_app
from server.platform.errors import ProblemError
from server.platform.organisation import Organisation
from server.platform.settings import Settings
from shared.metrics.document import metrics_page
from tests.faults.matrix import table

TABLE = re.compile(r"(<!-- faults: written by `./run docs` -->\n).*?(<!-- end -->)", re.DOTALL)
DOCS = Path(__file__).resolve().parents[1] / "docs"
WRITTEN = "<!-- Written by `./run docs`; do not edit. -->\n\n"
API_PAGE = """# API

{written}The OpenAPI document is at `/api/openapi.json`, Swagger UI at `/api/docs`. Programs sign in
by `POST /api/v1/session`, which sets a cookie; phones send `Authorization: Device TOKEN`. The sync
protocol is described in [sync.md](sync.md).

## Endpoints

| endpoint | what it does |
|---|---|
{endpoints}

## Errors

Every error is `application/problem+json` with a stable `code`, and a title in the caller's
language. Answers with 422 have `errors`: field to reasons.

| code | status | meaning |
|---|---|---|
{errors}
"""


def settings_page() -> str:
    """Return the tables of every setting."""
    rows = [
        f"| `TAPAK_{item.name.upper()}` | {_default(item.default)} | {item.metadata['help']} |"
        for item in fields(Settings)
    ]
    return "\n".join(
        [
            "# Settings\n",
            WRITTEN + "Read from the environment when a process starts.\n",
            "| variable | default | what it is |",
            "|---|---|---|",
            *rows,
            "",
            "Said by an administrator on the page *Settings*, in the database, from then on.\n",
            "| setting | at first | what it is |",
            "|---|---|---|",
            *(
                f"| `{item.name}` | {item.metadata['at_first']} | {item.metadata['help']} |"
                for item in fields(Organisation)
                if item.metadata
            ),
            "",
        ]
    )


def _default(value: object) -> str:
    if value is False:
        return "no"
    return f"`{value}`" if value not in ("", None) else "–"


def api_page(document: dict[str, Any]) -> str:
    """Return the list of endpoints and of error codes."""
    endpoints = [
        f"| `{verb.upper()} {path}` | {operation.get('summary', '')} |"
        for path, operations in sorted(document["paths"].items())
        for verb, operation in operations.items()
        if verb in {"get", "post", "put", "patch", "delete"}
    ]
    codes = {
        (error.code, error.status, str(error.title))
        for error in _subclasses(ProblemError)
        if error.title
    }
    errors = [f"| `{code}` | {status} | {title} |" for code, status, title in sorted(codes)]
    return API_PAGE.format(
        written=WRITTEN, endpoints="\n".join(endpoints), errors="\n".join(errors)
    )


def _subclasses(kind: type[ProblemError]) -> Iterator[type[ProblemError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def pages() -> dict[Path, str]:
    """Return each generated page with the text it should have."""
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if module.name.endswith((".operations", ".api", ".queries")):
            importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data=Path(folder)))
        document = app.test_client().get("/api/openapi.json").get_json()
    return {
        DOCS / "settings.md": settings_page(),
        DOCS / "api.md": api_page(document),
        DOCS / "metrics.md": metrics_page(),
        DOCS / "sync.md": _with_faults((DOCS / "sync.md").read_text(encoding="utf-8")),
    }


def _with_faults(page: str) -> str:
    """Return the page with the table of faults and of the tests that show each."""
    return TABLE.sub(lambda found: f"{found[1]}{table()}\n{found[2]}", page)


def main() -> int:
    """Write or check; return the exit status."""
    stale = [path for path, text in pages().items() if not _is(path, text)]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name} is out of date. Run:  ./run docs")
        return 1 if stale else 0
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    print(f"wrote {', '.join(path.name for path in pages())}")
    return 0


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
