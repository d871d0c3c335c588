"""Texts are found in both languages, and every shared text has its Indonesian."""

import pytest

from shared.i18n import Translator, best_language, translator
from shared.metrics.catalog import METRICS
from shared.metrics.formula import to_text
from tools.translations import SHARED, read_indonesian, texts_of_shared


def test_every_shared_text_has_an_indonesian_translation() -> None:
    known = {message.id for message in read_indonesian(SHARED) if message.string}

    assert [message.id for message in texts_of_shared() if message.id not in known] == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [("id-ID", "id"), ("id", "id"), ("en_GB", "en"), ("fr", "en"), ("", "en"), (None, "en")],
)
def test_an_unknown_language_falls_back_to_english(tag: str | None, language: str) -> None:
    assert best_language(tag) == language


def test_a_formula_is_read_in_indonesian() -> None:
    text = to_text(METRICS["pjp_rate"].formula, translator("id"))

    assert text == "pelanggan terencana yang dikunjungi ÷ pelanggan terencana"


def test_values_are_filled_in_and_counts_choose_their_form() -> None:
    english = Translator("en")

    assert english("%(name)s is here", name="Sari") == "Sari is here"
    assert english("100 % sure") == "100 % sure"
    assert english.plural("%(count)s visit", "%(count)s visits", 2) == "2 visits"
    assert english("") == ""
