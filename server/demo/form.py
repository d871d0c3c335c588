"""The visit form of the demo company: what it asks at outlets, and what reps answer."""

import datetime as dt
from typing import Any

from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.days import Call
from server.demo.rows import Rows
from server.forms.models import FormQuestion
from shared.vocabulary import AnswerKind

ANSWER_DAYS = 30
"""The form is as old as that on the company's first day; visits before have no answers."""
_SKIPPED = 0.12
_ON_THE_SHELF, _FACINGS, _SHELF, _RIVALS, _PICTURE = range(5)
_STATES = ("Rapi", "Perlu ditata", "Banyak yang kosong")
_RIVAL_BRANDS = ("Merek lokal", "Merek impor", "Merek toko sendiri", "Tidak ada")
_QUESTIONS: tuple[tuple[AnswerKind, str, dict[str, Any]], ...] = (
    (AnswerKind.YES_NO, "Produk kita ada di rak?", {}),
    (AnswerKind.NUMBER, "Berapa muka rak?", {"is_whole": True, "low": 0.0, "high": 60.0}),
    (AnswerKind.CHOICE, "Kondisi rak?", {"options": _STATES}),
    (AnswerKind.SEVERAL, "Pesaing di rak?", {"options": _RIVAL_BRANDS, "classes": ["A", "B"]}),
    (AnswerKind.PHOTO, "Foto rak setelah ditata", {}),
)


def add_questions(rows: Rows, company: Company, *, by: str) -> None:
    """
    Add the questions; where they are already, they stay as they are.

    :param by: id of the administrator who asks
    """
    for position, (kind, text, more) in enumerate(_QUESTIONS, start=1):
        number = position - 1
        rows.add(
            FormQuestion,
            id=_id(company, number),
            key=_id(company, number),
            number=1,
            position=position,
            kind=kind,
            text=text,
            is_required=False,
            is_whole=bool(more.get("is_whole")),
            low=more.get("low"),
            high=more.get("high"),
            options=[[_key(company, name), name] for name in more.get("options", ())],
            classes=more.get("classes", []),
            categories=[],
            created_at=_asked_from(company),
            created_by=by,
            retired_at=None,
            version=1,
        )


def answers(company: Company, call: Call, *, day: dt.date) -> dict[str, Any]:
    """Return what the rep answered in a visit that is over; nothing where it was skipped."""
    chance = company.chance("answers", call.visit_id)
    if day <= _asked_from(company).date() or call.cancel_reason or chance.happens(_SKIPPED):
        return {}
    is_there = chance.happens(0.9)
    facings = min(60, max(1, round(chance.about(_usual_facings(call), spread=0.3))))
    given: dict[str, Any] = {
        _id(company, _ON_THE_SHELF): is_there,
        _id(company, _FACINGS): facings if is_there else 0,
    }
    if is_there:
        state = chance.choices(_STATES, weights=(6, 3, 1))[0]
        given[_id(company, _SHELF)] = _key(company, state)
    if call.outlet.customer_class != "C":
        rivals = [name for name in _RIVAL_BRANDS[:3] if chance.happens(0.4)]
        given[_id(company, _RIVALS)] = [_key(company, name) for name in rivals or _RIVAL_BRANDS[3:]]
    return given


def picture_question(company: Company) -> str:
    """Return the id of the question that is answered by a photo."""
    return _id(company, _PICTURE)


def _usual_facings(call: Call) -> float:
    return {"A": 24.0, "B": 12.0}.get(call.outlet.customer_class, 5.0)


def _asked_from(company: Company) -> dt.datetime:
    return company.at(company.founded_on - dt.timedelta(days=ANSWER_DAYS), 7 * 60)


def _id(company: Company, number: int) -> str:
    return Chance.of(company.seed, "question", number).record_id(_asked_from(company))


def _key(company: Company, name: str) -> str:
    return Chance.of(company.seed, "option", name).record_id(_asked_from(company))
