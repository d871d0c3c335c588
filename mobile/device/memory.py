"""Giving freed memory back to the system, which allocators else keep for later."""

import ctypes

_M_PURGE = -101
"""Of Android's `mallopt`: return what is free."""


def give_back() -> None:
    """Return what was freed; does nothing where the C library has no such function."""
    library = ctypes.CDLL(None)
    trim = getattr(library, "malloc_trim", None)  # glibc
    if trim is not None:
        trim(0)
    elif (mallopt := getattr(library, "mallopt", None)) is not None:
        mallopt(_M_PURGE, 0)
