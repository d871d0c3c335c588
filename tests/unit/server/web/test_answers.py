"""What may be answered to a question is a sentence, in both languages."""

from typing import Any

import pytest
from flask import Flask

from server.web.answers import question_rules
from server.web.languages import init_languages
from shared.visit_form import Question
from shared.vocabulary import AnswerKind


@pytest.mark.parametrize(
    ("bounds", "english", "indonesian"),
    [
        (
            {"is_whole": True, "low": 0, "high": 60},
            "A whole number from 0 to 60",
            "Bilangan bulat dari 0 sampai 60",
        ),
        ({"is_whole": True}, "A whole number", "Bilangan bulat"),
        ({"low": 1.5}, "A number, at least 1.5", "Angka, paling sedikit 1,5"),
        ({"high": 0}, "A number, at most 0", "Angka, paling banyak 0"),
    ],
)
def test_the_bounds_of_a_number_are_a_sentence(
    bounds: dict[str, Any], english: str, indonesian: str
) -> None:
    app = Flask(__name__)
    app.secret_key = "only for tests"
    init_languages(app)
    asked = Question(
        id="1",
        key="1",
        position=1,
        kind=AnswerKind.NUMBER,
        text="How many?",
        **bounds,
    )
    for language, words in (("en", english), ("id", indonesian)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert question_rules(asked) == words
