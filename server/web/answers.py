"""Questions of the visit form and their answers, as people read them."""

from flask import url_for
from flask_babel import gettext

from server.web import formats
from server.web.languages import current_language
from shared.i18n import N_
from shared.visit_form import Answer, Question, names
from shared.vocabulary import AnswerKind

KINDS = {
    AnswerKind.YES_NO: N_("Yes or no"),
    AnswerKind.NUMBER: N_("A number"),
    AnswerKind.CHOICE: N_("One of several answers"),
    AnswerKind.SEVERAL: N_("Any of several answers"),
    AnswerKind.TEXT: N_("Words"),
    AnswerKind.PHOTO: N_("A photo"),
}
_NUMBERS = {
    # whole, has a smallest, has a largest
    (False, False, False): N_("A number"),
    (False, True, False): N_("A number, at least %(low)s"),
    (False, False, True): N_("A number, at most %(high)s"),
    (False, True, True): N_("A number from %(low)s to %(high)s"),
    (True, False, False): N_("A whole number"),
    (True, True, False): N_("A whole number, at least %(low)s"),
    (True, False, True): N_("A whole number, at most %(high)s"),
    (True, True, True): N_("A whole number from %(low)s to %(high)s"),
}
_DECIMALS = 3


def answer_words(question: Question, answer: Answer) -> str:
    """Return an answer in the reader's language; the company's own words stay as they are."""
    match question.kind, answer:
        case AnswerKind.YES_NO, bool():
            return gettext("Yes") if answer else gettext("No")
        case AnswerKind.NUMBER, int() | float():
            return _number(answer)
        case ((AnswerKind.CHOICE | AnswerKind.SEVERAL), _):
            return ", ".join(names(question, answer))
        case AnswerKind.PHOTO, _:
            return gettext("Photo")
    return str(answer)


def answer_cell(question: Question, answer: Answer) -> object:
    """Return an answer for a table of a spreadsheet: a number stays one, of a photo its address."""
    if question.kind is AnswerKind.PHOTO:
        return url_for("photos_pages.show", photo_id=answer, _external=True)
    is_number = question.kind is AnswerKind.NUMBER
    return answer if is_number else answer_words(question, answer)


def question_rules(question: Question) -> str:
    """Return in words what may be answered."""
    low, high = question.low, question.high
    if question.kind is AnswerKind.NUMBER:
        return gettext(
            _NUMBERS[question.is_whole, low is not None, high is not None],
            low=_number(low or 0),
            high=_number(high or 0),
        )
    text = gettext(KINDS[question.kind])
    options = ", ".join(option.name for option in question.options)
    return f"{text}: {options}" if options else text


def _number(value: float) -> str:
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return formats.number(value, len(text.partition(".")[2]), language=current_language())
