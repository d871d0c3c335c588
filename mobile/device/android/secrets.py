"""Secrets in a file, encrypted with a key that never leaves the phone's key store."""

import base64
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

from jnius import JavaException, autoclass, cast

_log = logging.getLogger(__name__)
_ALIAS = "tapak.secrets"
_STORE = "AndroidKeyStore"
_TAG_BITS = 128
_IV_BYTES = 12

_Cipher = autoclass("javax.crypto.Cipher")
_GcmParameters = autoclass("javax.crypto.spec.GCMParameterSpec")
_KeyGenerator = autoclass("javax.crypto.KeyGenerator")
_KeyStore = autoclass("java.security.KeyStore")

# pyjnius cannot choose between the overloads of init by itself.
_INIT_NEW = "(ILjava/security/Key;)V"
_INIT_WITH = "(ILjava/security/Key;Ljava/security/spec/AlgorithmParameterSpec;)V"
_INIT_KEY = "(Ljava/security/spec/AlgorithmParameterSpec;)V"


class AesGcm:
    """Seals and opens short texts. The name belongs to the seal: two cannot be exchanged."""

    def __init__(self, key: Any) -> None:
        """Take a Java key for AES; it may be one that does not tell its bytes."""
        self._key = cast("java.security.Key", key)

    def seal(self, text: str, *, name: str) -> bytes:
        """Return a text encrypted, after the 12 bytes that make each sealing another one."""
        cipher = _Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(_Cipher.ENCRYPT_MODE, self._key, signature=_INIT_NEW)
        cipher.updateAAD(name.encode())
        return _to_bytes(cipher.getIV()) + _to_bytes(cipher.doFinal(text.encode()))

    def open(self, sealed: bytes, *, name: str) -> str:
        """
        Return the text.

        :raises jnius.JavaException: if it was changed, or sealed by another key or name
        """
        cipher = _Cipher.getInstance("AES/GCM/NoPadding")
        parameters = _GcmParameters(_TAG_BITS, sealed[:_IV_BYTES])
        cipher.init(_Cipher.DECRYPT_MODE, self._key, parameters, signature=_INIT_WITH)
        cipher.updateAAD(name.encode())
        return _to_bytes(cipher.doFinal(sealed[_IV_BYTES:])).decode()


class KeystoreSecrets:
    """Secrets by name. Opened once and kept in memory, since every request needs them."""

    def __init__(self, path: Path, *, cipher: AesGcm) -> None:
        self._path = path
        self._cipher = cipher
        self._lock = threading.Lock()
        self._secrets = self._open()

    def read(self, name: str) -> str | None:
        """Return a secret, or None where there is none."""
        return self._secrets.get(name)

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name."""
        with self._lock:
            self._save({**self._secrets, name: secret})

    def delete(self, name: str) -> None:
        """Forget a secret; forgetting an unknown one does nothing."""
        with self._lock:
            self._save({known: text for known, text in self._secrets.items() if known != name})

    def _open(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            sealed: dict[str, str] = json.loads(self._path.read_text())
            return {
                name: self._cipher.open(base64.b64decode(text), name=name)
                for name, text in sealed.items()
            }
        except (JavaException, ValueError) as refusal:
            # A restored or reset phone has another key: the rep enrols again.
            _log.warning("the secrets cannot be opened: %s", refusal)
            return {}

    def _save(self, secrets: dict[str, str]) -> None:
        sealed = {
            name: base64.b64encode(self._cipher.seal(text, name=name)).decode()
            for name, text in secrets.items()
        }
        # Written beside and renamed: a kill in between must not lose the token.
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(sealed, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        self._secrets = secrets


def keystore_key() -> Any:
    """Return this app's key of the phone's key store, made at the first call."""
    store = _KeyStore.getInstance(_STORE)
    store.load(None)
    if not store.containsAlias(_ALIAS):
        purposes = autoclass("android.security.keystore.KeyProperties")
        builder = autoclass("android.security.keystore.KeyGenParameterSpec$Builder")(
            _ALIAS, purposes.PURPOSE_ENCRYPT | purposes.PURPOSE_DECRYPT
        )
        builder.setBlockModes("GCM")
        builder.setEncryptionPaddings("NoPadding")
        generator = _KeyGenerator.getInstance("AES", _STORE)
        specification = cast("java.security.spec.AlgorithmParameterSpec", builder.build())
        generator.init(specification, signature=_INIT_KEY)
        generator.generateKey()
    return store.getKey(_ALIAS, None)


def _to_bytes(signed: Any) -> bytes:
    return bytes(number & 0xFF for number in signed)
