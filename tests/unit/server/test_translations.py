"""Every text of the server has its Indonesian, and both have the same placeholders."""

import re

from babel.messages.catalog import Message

from tools.translations import read_indonesian, texts_of_server

_PLACEHOLDER = re.compile(r"%\((\w+)\)")


def test_every_text_has_an_indonesian_translation() -> None:
    known = {_key(message) for message in read_indonesian() if message.id and _words(message)}

    missing = [_key(message) for message in texts_of_server() if message.id]

    assert [text for text in missing if text not in known] == []


def test_a_translation_fills_in_the_same_values() -> None:
    different = [
        _key(message)
        for message in read_indonesian()
        if message.id and not _values(*_words(message)) <= _values(*_sources(message))
    ]

    assert different == []


def _key(message: Message) -> str:
    return _sources(message)[0]


def _sources(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (str(message.id),)


def _words(message: Message) -> tuple[str, ...]:
    words = message.string if isinstance(message.string, tuple) else (message.string,)
    return tuple(str(word) for word in words if word)


def _values(*texts: str) -> set[str]:
    return {name for text in texts for name in _PLACEHOLDER.findall(text)}
