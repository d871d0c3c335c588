"""Secrets: real AES-GCM of a JVM, with a key from a key store by Android's name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[[], Any]


@pytest.fixture
def key_store(jvm: None) -> Any:
    """Return the phone's key store, empty."""
    from jnius import autoclass

    store = autoclass("org.tapak.test.PhoneKeyStore")
    store.forget()
    return store


@pytest.fixture
def opened(key_store: Any, tmp_path: Path) -> Open:
    """Return what opens the secrets as a start of the app does."""
    from mobile.device.android.secrets import AesGcm, KeystoreSecrets, keystore_key

    return lambda: KeystoreSecrets(tmp_path / "secrets.json", cipher=AesGcm(keystore_key()))


def test_secrets_are_there_after_a_restart_and_unreadable_in_the_file(
    opened: Open, key_store: Any, tmp_path: Path
) -> None:
    secrets = opened()
    secrets.write("access_token", "rahasia é")
    secrets.write("refresh_token", "x" * 4000)
    again = opened()

    assert (again.read("access_token"), again.read("refresh_token")) == ("rahasia é", "x" * 4000)
    assert again.read("never there") is None
    assert key_store.count() == 1
    file = tmp_path / "secrets.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "rahasia" not in file.read_text()


def test_a_deleted_secret_is_gone(opened: Open) -> None:
    secrets = opened()
    secrets.write("access_token", "a")
    secrets.write("refresh_token", "b")
    secrets.delete("access_token")
    secrets.delete("never there")

    assert (secrets.read("access_token"), opened().read("access_token")) == (None, None)
    assert opened().read("refresh_token") == "b"


def test_the_same_secret_is_never_sealed_alike(opened: Open, tmp_path: Path) -> None:
    secrets = opened()
    secrets.write("a", "same")
    first = json.loads((tmp_path / "secrets.json").read_text())["a"]
    secrets.write("a", "same")

    assert json.loads((tmp_path / "secrets.json").read_text())["a"] != first


def test_a_secret_under_another_name_is_not_opened(opened: Open, tmp_path: Path) -> None:
    opened().write("refresh_token", "b")
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"access_token": json.loads(file.read_text())["refresh_token"]}))

    assert opened().read("access_token") is None


@pytest.mark.parametrize("damage", ["not json", '{"a": "AAAA"}', '{"a": "%%%"}'])
def test_a_damaged_file_means_no_secrets_not_a_crash(
    opened: Open, tmp_path: Path, damage: str
) -> None:
    (tmp_path / "secrets.json").write_text(damage)

    assert opened().read("a") is None


def test_with_another_key_there_are_no_secrets_and_new_ones_can_be_kept(
    opened: Open, key_store: Any
) -> None:
    opened().write("access_token", "of the old phone")
    key_store.forget()
    restored = opened()
    assert restored.read("access_token") is None

    restored.write("access_token", "of the new one")
    assert opened().read("access_token") == "of the new one"
