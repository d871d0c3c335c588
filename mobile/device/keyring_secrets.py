"""The desktop's own keyring as a store of secrets; phones do not carry this module."""

import logging

import keyring
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError, PasswordDeleteError

_log = logging.getLogger(__name__)
_SERVICE = "tapak"


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


def find_keyring(*, account: str) -> KeyringSecrets | None:
    """Return the keyring, or None where there is none or it does not answer."""
    store = KeyringSecrets(account=account)
    try:
        if isinstance(keyring.get_keyring(), NoKeyring):
            return None
        store.read("probe")
    except (KeyringError, OSError, RuntimeError) as refusal:
        _log.info("the keyring does not answer: %s", refusal)
        return None
    return store
