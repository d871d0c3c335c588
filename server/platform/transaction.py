"""The transaction of an entry point: everything inside commits together or not at all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from server.platform.database import OPEN_CONNECTION, db, is_postgresql
from server.platform.durable import shared_wait
from server.platform.events import forget_marked_days, tell_marked_days
from server.platform.sent_forms import claim_form

# SQLite lets one writer in. Waiting on a lock inside the process is fair; its own busy
# handler sleeps and starves writers.
_sqlite_writer = threading.RLock()


@contextmanager
def transaction() -> Iterator[None]:
    """Write to the database; commit at the end, roll back on any exception.

    Used by `api.py`, `pages.py`, `jobs.py` and `commands.py` only. A read done earlier in the
    same request is ended first, so that the write sees what others have committed. Once it is left
    the disk has what was written.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transactions do not nest; operations must not open one")
    lock = nullcontext() if is_postgresql() else _sqlite_writer
    shared = shared_wait()
    with lock:
        session.rollback()
        session.info["in_transaction"] = True
        try:
            session.info[OPEN_CONNECTION] = session.connection(
                execution_options={"sqlite_immediate": True}
            )
            claim_form()
            yield
            tell_marked_days()
            session.commit()
            if shared is not None:
                shared.note_commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            forget_marked_days()
            session.info.pop(OPEN_CONNECTION, None)
            session.info.pop("in_transaction", None)
    if shared is not None:
        shared.wait()
