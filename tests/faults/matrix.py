"""The faults that sync must bear, as a table; `./run docs` writes it into docs/sync.md.

A test that shows a row carries `@pytest.mark.fault(where, what)` with exactly its words. What
became of it is said by `results.py`.
"""

from tests.faults.results import kept, marked

ROWS: dict[str, tuple[str, ...]] = {
    "request": (
        "never sent",
        "sent twice in turn",
        "sent twice at once",
        "cut: no, half or a wrong gzip, a line missing",
        "cut at each edge: gzip's header and trailer, a line's end, within it",
        "corrupted: one bit turned over",
        "late: delivered after the next one",
        "delayed past the time-out, delivered after the retry",
        "reordered behind a later batch",
    ),
    "answer": (
        "lost after the server has committed",
        "cut",
        "cut at each edge: gzip's header and trailer, within it",
        "corrupted: one bit turned over",
        "a portal's page instead, 200",
        "a redirect instead, 302",
        "a proxy's 502 after the server has committed",
        "that of another request",
        "delivered twice",
        "said to be gzip, and is not",
    ),
    "link": (
        "no address for the server's name",
        "10 % of requests lost, 2 s, 50 kbit/s (in a model)",
        "flapping: up for 5 s, down for 3 s (in a model)",
        "10,000 changes wait, 10 % of requests lost, 2 s, 50 kbit/s (in a model)",
        "10 % of packets lost each way, 2 s, 50 kbit/s",
        "flapping: up for 3 s, down for 3 s",
        "packets late, doubled and overtaken by later ones",
        "gone in the middle of a push or a pull, for longer than the time-out",
        "no address for the server's name, and a network that comes and goes",
        "the phone's year is 2000, TLS refuses",
        "the server's certificate has expired, and is renewed",
    ),
    "phone killed (SIGKILL)": (
        "before and after an action is saved",
        "a batch read, an answer read, before and after it is kept",
        "a page read, before and after it is kept",
        "between a photo's piece and the next",
        "while a scope is fetched anew",
        "while its database is brought up to date",
        "between two tables that an update copies",
    ),
    "server killed (SIGKILL)": (
        "request read, phone locked, rows written, feed written, committed",
        "while its answer is on the way",
        "between the commit and the waking of a worker",
        "again and again while phones send",
        "its master alone, a worker of it alone",
        "worker, at its work",
        "PostgreSQL, whole",
        "PostgreSQL, while it answers a pull",
        "PostgreSQL, while a photo's pieces are kept",
        "PostgreSQL's process behind a push",
        "Redis, before and after the waking of a worker",
        "Redis, while a worker counts",
        "between a photo's bytes and their note",
    ),
    "storage": (
        "phone's disk full while an action is saved",
        "phone's disk full while answers and pages are kept",
        "server's disk full: SQLITE_FULL, PostgreSQL's 53100",
        "server's database busy, away or deadlocked",
        "server's SQLite is locked by another process for 30 s",
        "phone's database damaged",
        "power cut at each fsync",
        "a row altered by hand under the version it had, here or there",
    ),
    "clock": (
        "phone's wall clock years off, jumps, reboots",
        "the phone's clock jumps 10 years on or back during a visit",
        "the phone starts anew during a visit: time since boot begins at 0",
        "summer time begins or ends during a visit",
        "server's clock an hour off",
    ),
    "history": (
        "server restored from an older backup",
        "person added after the backup that was restored",
        "phone's database copied to a second phone, or restored",
        "data on two phones, and an older backup of the server",
        "phone enrolled anew",
        "installed anew, and the old phone still has unsent work",
        "phone away for longer than deletions are remembered",
        "offline for a day, for 31 days, and for 181: deletions are forgotten",
        "token expired; refresh answer lost; access ended",
        "token expired while the phone sends, and the new one's answer lost",
        "access ended while the phone sends",
        "phone wiped",
        "phone wiped while it sends",
        "rep has left, and the phone still holds work",
        "another rep on the same phone",
    ),
    "concurrency": (
        "two phones of one rep change one visit or deal",
        "a rep and the office change one record",
        "a customer moves to another rep meanwhile",
        "writers commit in another order than they began",
        "a transaction rests for long and holds the rows of a push",
        "deletions are forgotten while a phone fetches",
        "a new epoch begins while a phone fetches",
        "1,000 customers move while 50 reps sync",
        "50 reps push while the office edits their customers and deals",
        "two versions of the server at once",
    ),
    "data": (
        "unknown entity, kind, field, version",
        "NaN, NUL, halves of surrogates, 2^63, wrong types",
        "nested deeper than can be written again, numbers beyond any",
        "forged ids, another rep's records",
        "a changed, swapped or removed line",
        "too many changes, a bomb",
        "parent after child",
        "delete, then patch, then delete again",
        "a number that jumps, inside a valid chain",
        "a change of one byte, and of the largest size",
        "a record that always raises in the server",
        "a batch in bulk and one by one",
    ),
}


def table() -> str:
    """Return the table in Markdown."""
    results = kept()
    shown: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for each in marked():
        result = results.get(each.test)
        words = result.words(each.source) if result else "**not run**"
        for fault in each.faults:
            shown.setdefault(fault, []).append((f"`{each.test}`", words))
    lines = [
        "| where | fault | nothing lost, doubled or different, shown by | passed on |",
        "|---|---|---|---|",
    ]
    for where, faults in ROWS.items():
        for what in faults:
            cells = shown.get((where, what), [("**not tested**", "")])
            tests, words = ("<br>".join(column) for column in zip(*cells, strict=True))
            lines.append(f"| {where} | {what} | {tests} | {words} |")
    return "\n".join(lines)
