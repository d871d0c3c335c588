"""The faults that sync must bear, as a table; `./run docs` writes it into docs/sync.md.

A test that shows a row carries `@pytest.mark.fault(where, what)` with exactly its words.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]

ROWS: dict[str, tuple[str, ...]] = {
    "request": (
        "never sent",
        "sent twice in turn",
        "sent twice at once",
        "cut: no, half or a wrong gzip, a line missing",
        "late: delivered after the next one",
    ),
    "answer": (
        "lost after the server has committed",
        "cut",
        "a portal's page instead, 200",
        "a redirect instead, 302",
        "a proxy's 502 after the server has committed",
        "that of another request",
        "said to be gzip, and is not",
    ),
    "link": (
        "no address for the server's name",
        "10 % of requests lost, 2 s, 50 kbit/s (in a model)",
        "the phone's year is 2000, TLS refuses",
    ),
    "phone killed (SIGKILL)": (
        "before and after an action is saved",
        "a batch read, an answer read, before and after it is kept",
        "a page read, before and after it is kept",
        "while a scope is fetched anew",
        "while its database is brought up to date",
    ),
    "server killed (SIGKILL)": (
        "request read, phone locked, rows written, feed written, committed",
        "again and again while phones send",
        "worker, at its work",
        "PostgreSQL, whole",
        "PostgreSQL's process behind a push",
        "Redis",
        "between a photo's bytes and their note",
    ),
    "storage": (
        "phone's disk full while an action is saved",
        "phone's disk full while answers and pages are kept",
        "server's disk full, or its database busy, away or deadlocked",
        "phone's database damaged",
        "power cut at each fsync",
    ),
    "clock": (
        "phone's wall clock years off, jumps, reboots",
        "server's clock an hour off",
    ),
    "history": (
        "server restored from an older backup",
        "phone's database copied to a second phone, or restored",
        "phone enrolled anew",
        "phone away for longer than deletions are remembered",
        "token expired; refresh answer lost; access ended",
        "phone wiped",
        "rep has left, and the phone still holds work",
        "another rep on the same phone",
    ),
    "concurrency": (
        "two phones of one rep change one visit or deal",
        "a rep and the office change one record",
        "a customer moves to another rep meanwhile",
        "writers commit in another order than they began",
        "deletions are forgotten while a phone fetches",
        "1,000 customers move while 50 reps sync",
        "two versions of the server at once",
    ),
    "data": (
        "unknown entity, kind, field, version",
        "NaN, NUL, halves of surrogates, 2^63, wrong types",
        "nested deeper than can be written again, numbers beyond any",
        "forged ids, another rep's records",
        "a changed, swapped or removed line",
        "too many changes, a bomb",
        "a record that always raises in the server",
        "a batch in bulk and one by one",
    ),
}


def marked() -> Iterator[tuple[str, str, str]]:
    """Give (where, what, test) of every marker."""
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                for words in _faults(node):
                    yield *words, f"{file.relative_to(TESTS)}::{node.name}"


def _faults(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
            where, what = (ast.literal_eval(argument) for argument in mark.args)
            yield where, what


def table() -> str:
    """Return the table in Markdown."""
    shown: dict[tuple[str, str], list[str]] = {}
    for where, what, test in marked():
        shown.setdefault((where, what), []).append(f"`{test}`")
    lines = ["| where | fault | nothing lost, doubled or different, shown by |", "|---|---|---|"]
    for where, faults in ROWS.items():
        for what in faults:
            tests = "<br>".join(shown.get((where, what), ["**not tested**"]))
            lines.append(f"| {where} | {what} | {tests} |")
    return "\n".join(lines)
