"""Wiping the phone because the office asked for it: data first, then the word that it is done."""

import logging
from collections.abc import Callable
from typing import Protocol

from mobile.device import tokens
from mobile.device.secrets import SecretStore
from mobile.storage import device, outbox, photos
from mobile.storage.database import Database
from mobile.storage.erasing import erase_rows
from mobile.sync.answers import SyncError, WipeError

_log = logging.getLogger(__name__)


class WipeApi(Protocol):
    """Tells the server."""

    def confirm_wipe(self, server_url: str) -> None:
        """
        Say that nothing is left.

        :raises SyncError: if the server did not hear it
        """


class Wiper:
    """Leaves a phone as it was before it was enrolled, but for the look."""

    def __init__(
        self,
        *,
        database: Database,
        secrets: SecretStore,
        api: WipeApi,
        delete_files: Callable[[], None],
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._api = api
        self._delete_files = delete_files

    def wipe(self, request: WipeError) -> bool:
        """Wipe at once, or only if all is sent, as the office asked; return whether it was done."""
        with self._database.write() as connection:
            state = device.get(connection)
            # Not for the bytes of a photo whose record was refused: the server takes none of it.
            waits = outbox.has_pending(connection) or photos.to_send(connection)
            if waits and not request.at_once:
                return False
            erase_rows(connection)
        self._delete_files()
        try:
            self._api.confirm_wipe(state.server_url)
        except SyncError as error:
            # The office sees it as asked for; the data are gone all the same.
            _log.info("nobody heard that this phone was wiped: %s", error.code)
        tokens.forget_all(self._secrets)
        return True
