"""Opening the phone's database, whatever state its file is in."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mobile.storage.database import Database, DatabaseDamagedError
from mobile.storage.examination import FILE_NAME, Examination

if TYPE_CHECKING:
    from mobile.storage.salvage import Recovery


def open_or_recover(
    folder: Path,
    *,
    read_key: Callable[[], bytes | None],
    examination: Examination | None = None,
) -> "tuple[Database, Recovery | None]":
    """
    Open a phone's database; where it is damaged, keep it aside and go on with a new one.

    :param read_key: returns the key of the device's chain, or None on a phone that nobody enrolled;
        called for a damaged database only, because keyrings are slow
    :param examination: of the file, where it was begun earlier
    """
    try:
        return Database(folder / FILE_NAME, examination=examination), None
    except DatabaseDamagedError:
        from mobile.storage.salvage import recover  # noqa: PLC0415 - few starts need it

        return recover(folder, key=read_key())
