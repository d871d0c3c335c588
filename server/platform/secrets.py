"""The key that signs sessions and anchors: from the settings, or made once and kept."""

import os
import secrets
from pathlib import Path

from server.platform.settings import Settings


def secret_key(settings: Settings) -> str:
    """Return the key. A key made here lies in the data folder, readable by its owner only.

    Two processes that start at once agree: the first to create the file wins.
    """
    if settings.secret_key:
        return settings.secret_key
    path = Path(settings.data) / "secret.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        temporary = path.with_name(f"secret.key.{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_hex(32))
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
