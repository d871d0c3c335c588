"""Keys made of names that people gave: what is kept, and said in addresses, files and the API."""

import re
import unicodedata
from collections.abc import Collection


def free_key(
    name: str, taken: Collection[str], *, longest: int, otherwise: str, prefix: str = ""
) -> str:
    """
    Return a key of small letters, digits and underscores that is not taken, numbered if need be.

    :param longest: how many characters of the name are kept
    :param otherwise: stands for a name that has no letter or digit of ASCII
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = prefix + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:longest] or otherwise)
    numbered = (f"{stem}_{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (stem, *numbered) if key not in taken)
