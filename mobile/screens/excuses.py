"""What the rep is told where something cannot be done now."""

import sqlite3
from collections.abc import Callable

from kivy.base import ExceptionHandler, ExceptionManager

from mobile.services.recorder import (
    DatabaseBrokenError,
    DiskFullError,
    ServiceError,
    is_broken,
    is_disk_full,
)


class Excuses(ExceptionHandler):
    """Says in words what the rep cannot do now; anything else is a bug and ends the app."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def handle_exception(self, inst: BaseException) -> int:
        """Return whether Kivy goes on."""
        from mobile.screens.forms import field_problem
        from mobile.screens.words import service_problem
        from shared.schemas.limits import InvalidRecordError

        words = ""
        if isinstance(inst, ServiceError):
            words = service_problem(inst.code)
        elif isinstance(inst, InvalidRecordError):
            words = field_problem(inst)  # what was typed stays in its field
        elif isinstance(inst, sqlite3.Error) and is_disk_full(inst):
            words = service_problem(DiskFullError.code)
        elif is_broken(inst):
            words = service_problem(DatabaseBrokenError.code)
        if not words:
            return ExceptionManager.RAISE
        self._say(words)
        return ExceptionManager.PASS
