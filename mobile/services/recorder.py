"""How every service writes: one action of the rep is one transaction, sealed and chained."""

import errno
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mobile.device.clock import Clock
from mobile.device.reading import read_clock
from mobile.device.secrets import SecretStore
from mobile.device.tokens import MAC_KEY
from mobile.storage import device
from mobile.storage.database import Database
from mobile.storage.device import DeviceState, NotEnrolledError
from shared.sync.change import ClockReading
from shared.sync.ids import new_id

if TYPE_CHECKING:
    from mobile.storage.outbox import Action

Columns = Mapping[str, Any] | sqlite3.Row
NOTHING: Mapping[str, Any] = MappingProxyType({})


class ServiceError(Exception):
    """Something the rep cannot do now. `code` is stable; the screens have the words for it."""

    code = "not_possible"


class DiskFullError(ServiceError):
    """There is no room on the phone. Nothing of the action was saved."""

    code = "disk_full"


class DatabaseBrokenError(ServiceError):
    """The database was damaged while the app ran. The next start keeps it aside and recovers."""

    code = "database_broken"


def is_broken(error: BaseException) -> bool:
    """Return whether this is SQLite's word for a damaged file."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, sqlite3.DatabaseError) and code in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def is_disk_full(error: Exception) -> bool:
    """Return whether this is the system's, or SQLite's, word for a full disk."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        return code == sqlite3.SQLITE_FULL or code & 0xFF == sqlite3.SQLITE_IOERR
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class Recorder:
    """Opens actions."""

    def __init__(self, *, database: Database, clock: Clock, secrets: SecretStore) -> None:
        self.database = database
        self.clock = clock
        self._secrets = secrets
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call a function after each saved action, on the thread that saved it."""
        self._listeners.append(listener)

    @contextmanager
    def action(self, *, grouped: bool = False) -> "Iterator[Action]":
        """
        Save what is recorded inside together with its lines for the server, or nothing of it.

        :param grouped: the server, too, takes all of its changes or none
        :raises NotEnrolledError: on a phone that is not enrolled
        :raises DiskFullError: if there is no room; nothing was saved
        """
        try:
            with self._save(grouped=grouped) as action:
                yield action
        except sqlite3.Error as error:
            if is_disk_full(error):
                raise DiskFullError from error
            raise
        for listener in self._listeners:
            listener()

    @contextmanager
    def _save(self, *, grouped: bool) -> "Iterator[Action]":
        # A start only reads; what writing needs is imported with the first action.
        from mobile.storage.outbox import Action  # noqa: PLC0415

        key = self.read_key()
        if key is None:
            raise NotEnrolledError
        with self.database.write() as connection:
            state = device.get(connection)
            reading = self.read_clock()
            yield Action(
                connection=connection,
                captured=state.capture(reading),
                at_ms=device.to_ms(state.true_time(reading)),
                key=key,
                group_id=new_id() if grouped else None,
            )

    def read_key(self) -> bytes | None:
        """Return the key by which this device seals its changes, or None where it has none."""
        key = self._secrets.read(MAC_KEY)
        return bytes.fromhex(key) if key else None

    def read_clock(self) -> ClockReading:
        """Return what the phone's clocks say now."""
        return read_clock(self.clock)

    @property
    def is_enrolled(self) -> bool:
        """Whether the phone is a rep's."""
        with self.database.read() as connection:
            return device.find(connection) is not None

    def state(self) -> DeviceState:
        """
        Return who this phone is.

        :raises NotEnrolledError: on a phone that is not enrolled
        """
        with self.database.read() as connection:
            return device.get(connection)
