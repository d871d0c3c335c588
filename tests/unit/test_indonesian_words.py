"""One Indonesian word for one thing, on the site and on the phone: those of docs/glossary.md."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import mobile
import server
import shared

# What people also say, and what is written here instead.
OTHERS = {
    "deal": "transaksi",
    "ketelitian": "akurasi",
    "geofence": "radius",
    "surel": "email",
    "saringan": "filter",
    "organisasi": "perusahaan",
}


@pytest.mark.parametrize("package", [mobile, server, shared])
def test_each_thing_has_one_word_and_no_text_is_left_out_as_doubtful(package: object) -> None:
    folder = Path(package.__path__[0])  # type: ignore[attr-defined]
    with (folder / "locale/id/LC_MESSAGES/messages.po").open("rb") as lines:
        messages = [message for message in read_po(lines, locale="id") if message.id]
    strings = [
        (message.string,) if isinstance(message.string, str) else message.string or ()
        for message in messages
    ]
    texts = [re.sub(r"%\(\w+\)s", "", text) for found in strings for text in found]
    words = {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}

    assert words & OTHERS.keys() == set()
    assert len(words) > 300
    assert [message.id for message in messages if message.fuzzy] == []
