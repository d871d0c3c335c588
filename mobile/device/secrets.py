"""Where the phone keeps what must not lie about: its tokens and its signing key."""

import json
import logging
import os
from functools import cached_property
from pathlib import Path
from typing import Protocol

_log = logging.getLogger(__name__)


class SecretStore(Protocol):
    """Secrets by name."""

    def read(self, name: str) -> str | None:
        """Return a secret, or None where there is none."""

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name."""

    def delete(self, name: str) -> None:
        """Forget a secret; forgetting an unknown one does nothing."""


class FileSecrets:
    """A file only its owner may read, for desktops without a keyring."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> str | None:
        """Return a secret, or None where there is none."""
        return self._load().get(name)

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name."""
        self._save({**self._load(), name: secret})

    def delete(self, name: str) -> None:
        """Forget a secret; forgetting an unknown one does nothing."""
        self._save({key: value for key, value in self._load().items() if key != name})

    def _load(self) -> dict[str, str]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def _save(self, secrets: dict[str, str]) -> None:
        # Written beside and renamed: a kill in between must not lose the token.
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(secrets, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


class DesktopSecrets:
    """The keyring where the desktop has one that works, else a file in the data folder.

    Which of the two is found out when a secret is first needed, not while the app starts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str | None:
        """Return a secret, or None where there is none."""
        return self._store.read(name)

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name."""
        self._store.write(name, secret)

    def delete(self, name: str) -> None:
        """Forget a secret; forgetting an unknown one does nothing."""
        self._store.delete(name)

    @cached_property
    def _store(self) -> SecretStore:
        # A phone has no such library, and imports this module for its protocol.
        from mobile.device.keyring_secrets import find_keyring  # noqa: PLC0415

        store = find_keyring(account=str(self._folder.resolve()))
        if store is not None:
            return store
        _log.warning("no keyring: tokens are kept in %s, readable by its owner only", self._folder)
        return FileSecrets(self._folder / "secrets.json")
