"""Names under which the phone's secrets are kept."""

from mobile.device.secrets import SecretStore

MAC_KEY = "mac_key"
"""The key that signs the chain of changes, in hexadecimal."""

ACCESS_TOKEN = "access_token"  # noqa: S105 - a name, not a token
REFRESH_TOKEN = "refresh_token"  # noqa: S105


def forget_all(secrets: SecretStore) -> None:
    """Delete the keys and tokens: this phone is nobody's."""
    for secret in (MAC_KEY, ACCESS_TOKEN, REFRESH_TOKEN):
        secrets.delete(secret)
