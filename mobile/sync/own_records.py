"""Asking the office for everything it has about this phone's rep."""

import logging
from typing import Any

from mobile.device.connectivity import Connectivity
from mobile.storage import device
from mobile.storage.database import Database
from mobile.sync.answers import OfflineError, SyncError
from mobile.sync.api_client import ApiClient

_log = logging.getLogger(__name__)


class OwnRecords:
    """Fetches the rows the rep's manager sees drawn."""

    def __init__(self, *, database: Database, api: ApiClient, connectivity: Connectivity) -> None:
        self._database = database
        self._api = api
        self._connectivity = connectivity

    def fetch(self) -> tuple[dict[str, Any] | None, str]:
        """Return the rows and "", or None and the code of what stood in the way."""
        with self._database.read() as connection:
            server_url = device.get(connection).server_url
        if not self._connectivity.is_online:
            return None, OfflineError.code
        try:
            return self._api.own_records(server_url), ""
        except SyncError as error:
            _log.info("the office's records were not fetched: %s", error.code)
            return None, error.code
