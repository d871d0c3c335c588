"""Names under which the phone's secrets are kept."""

MAC_KEY = "mac_key"
"""The key that signs the chain of changes, in hexadecimal."""

ACCESS_TOKEN = "access_token"  # noqa: S105 - a name, not a token
REFRESH_TOKEN = "refresh_token"  # noqa: S105
