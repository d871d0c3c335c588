"""What a password that somebody chooses must be, in words."""

from flask_babel import gettext

from server.identity.schemas import SHORTEST_PASSWORD

LONGEST_PASSWORD = 500
"""Characters; hashing a text without end would keep the server busy."""


def password_problem(wanted: str) -> str:
    """Return why this cannot be a password; empty where it can."""
    if len(wanted) < SHORTEST_PASSWORD:
        return gettext("At least %(count)s characters.", count=SHORTEST_PASSWORD)
    if len(wanted) > LONGEST_PASSWORD:
        return gettext("At most %(count)s characters.", count=LONGEST_PASSWORD)
    return ""
