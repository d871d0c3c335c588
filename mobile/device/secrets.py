"""Where the phone keeps what must not lie about: its tokens and its signing key."""

import json
import logging
import os
from pathlib import Path
from typing import Protocol

import keyring
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError, PasswordDeleteError

_log = logging.getLogger(__name__)
_SERVICE = "tapak"


class SecretStore(Protocol):
    """Secrets by name."""

    def read(self, name: str) -> str | None:
        """Return a secret, or None where there is none."""

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name."""

    def delete(self, name: str) -> None:
        """Forget a secret; forgetting an unknown one does nothing."""


class KeyringSecrets:
    """The desktop's own keyring. `account` keeps two data folders apart."""

    def __init__(self, *, account: str) -> None:
        self._account = account

    def read(self, name: str) -> str | None:
        """Return a secret, or None where there is none."""
        return keyring.get_password(_SERVICE, f"{self._account}/{name}")

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name."""
        keyring.set_password(_SERVICE, f"{self._account}/{name}", secret)

    def delete(self, name: str) -> None:
        """Forget a secret; forgetting an unknown one does nothing."""
        try:
            keyring.delete_password(_SERVICE, f"{self._account}/{name}")
        except PasswordDeleteError:
            return


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


def desktop_secrets(folder: Path) -> SecretStore:
    """Return the keyring where the desktop has one that works, else a file in the data folder."""
    store = KeyringSecrets(account=str(folder.resolve()))
    try:
        if not isinstance(keyring.get_keyring(), NoKeyring):
            store.read("probe")
            return store
    except (KeyringError, OSError, RuntimeError) as refusal:
        _log.info("the keyring does not answer: %s", refusal)
    _log.warning("no keyring here: tokens are kept in %s, readable by its owner only", folder)
    return FileSecrets(folder / "secrets.json")
