"""A web server alone, as a process, and the process that PostgreSQL's others belong to."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from server.platform.processes import spawn, stop
from server.platform.settings import Settings
from tests.support.tapak import is_healthy, wait_until

_ROOT = Path(__file__).parents[2]


@contextmanager
def served(settings: Settings, arguments: list[str]) -> Iterator[psutil.Process]:
    """Run the web server of these settings; give its process."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TAPAK_")},
        "PYTHONPATH": str(_ROOT),
        "TAPAK_PORT": str(settings.port),
        "TAPAK_DATA": str(settings.data),
        "TAPAK_DATABASE_URL": settings.database_url,
        "TAPAK_REDIS_URL": settings.redis_url,
        # One phone as fast as it can is what is measured, not how it is slowed.
        "TAPAK_PHONE_REQUESTS_PER_MINUTE": "0",
    }
    process = spawn([sys.executable, *arguments], environment=environment, cwd=_ROOT)
    try:
        wait_until(lambda: is_healthy(f"http://127.0.0.1:{settings.port}"), timeout_s=60.0)
        yield psutil.Process(process.pid)
    finally:
        stop(process)


def postmaster(url: str) -> psutil.Process:
    """Return PostgreSQL's first process."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        parent = psutil.Process(row[0]).parent()
    assert parent is not None
    return parent
