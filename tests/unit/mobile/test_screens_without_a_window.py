"""The phone without its window: no Kivy below the screens, and both languages complete."""

import re
import subprocess
import sys

import pytest

from tools.phone_translations import read_indonesian, texts_in_rules, texts_of_phone

_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def test_the_container_and_all_view_models_load_without_kivy() -> None:
    code = "import mobile.container.container, sys; print('kivy' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "False"


def _texts() -> list[tuple[str, str]]:
    indonesian = read_indonesian()
    pairs = []
    for message in texts_of_phone():
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[0]
            known = indonesian.get(source)
            translated = (known.string if known else "") or ""
            pairs.append((source, translated if isinstance(translated, str) else translated[0]))
    return pairs


@pytest.mark.parametrize(("source", "indonesian"), _texts())
def test_every_text_has_indonesian_with_the_same_places_to_fill(
    source: str, indonesian: str
) -> None:
    assert indonesian
    assert sorted(_PLACEHOLDER.findall(indonesian)) == sorted(_PLACEHOLDER.findall(source))


def test_texts_of_rules_are_found() -> None:
    rules = "    text: app.tr('Check in') if root.x else app.tr(\"Don't\", n=1)"

    assert list(texts_in_rules(rules)) == ["Check in", "Don't"]
