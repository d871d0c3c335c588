"""What is shown in place of emoji: the phone's fonts have none, and would show a row of boxes.

What is kept, sent and typed stays as it is. No Kivy.
"""

import re

STAND_IN = "◊"
"""Roboto has it."""

_PICTURE = "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u3030\u303d]"
_MARKS = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
"""How it is to be shown, its skin, and the letters of a flag."""
_UNSEEN = "\ufe0e\ufe0f\u200d"
_ONE = re.compile(
    f"{_PICTURE}{_MARKS}(?:\u200d{_PICTURE}{_MARKS})*|[0-9#*]\ufe0f?\u20e3|[{_UNSEEN}]"
)
_EMOJI = re.compile(f"(?:{_PICTURE}{_MARKS}\u200d?)+|[0-9#*]\ufe0f?\u20e3|[{_UNSEEN}]")


def without_emoji(text: str) -> str:
    """Return a text with one stand-in for each run of emoji."""
    return text if text.isascii() else _EMOJI.sub(_stand_in, text)


def with_stand_ins(text: str) -> str:
    """Return a text with one stand-in for each emoji: where it is typed each counts."""
    return text if text.isascii() else _ONE.sub(_stand_in, text)


def _stand_in(found: re.Match[str]) -> str:
    """Return nothing for what has no look of its own."""
    return STAND_IN if found[0].strip(_UNSEEN) else ""
