"""Which answers a question of the visit form takes, whom it is asked of, what is proposed."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.schemas.limits import LONGEST_ANSWER, InvalidRecordError
from shared.schemas.record import load
from shared.schemas.visit import VisitPatchSchema
from shared.sync.ids import new_id
from shared.visit_form import Option, Question, asked, check, check_all, proposals, unanswered
from shared.vocabulary import AnswerKind

OPTIONS = (Option("a", "Rapi"), Option("b", "Kosong"), Option("c", "Berantakan"))


def question(kind: AnswerKind, **more: object) -> Question:
    fields = {"options": OPTIONS if kind in (AnswerKind.CHOICE, AnswerKind.SEVERAL) else (), **more}
    return Question(id=new_id(), key=new_id(), position=1, kind=kind, text="?", **fields)  # type: ignore[arg-type]


FACINGS = question(AnswerKind.NUMBER, is_whole=True, low=0.0, high=50.0)


@pytest.mark.parametrize(
    ("asked_for", "answer", "kept"),
    [
        (question(AnswerKind.YES_NO), False, False),
        (FACINGS, 0, 0),
        (FACINGS, 50.0, 50),
        (question(AnswerKind.NUMBER), -1.5, -1.5),
        (question(AnswerKind.CHOICE), "b", "b"),
        (question(AnswerKind.SEVERAL), ["c", "a", "a"], ["a", "c"]),
        (question(AnswerKind.TEXT), " mahal 🙂 ", "mahal 🙂"),
    ],
)
def test_a_possible_answer_is_kept(asked_for: Question, answer: object, kept: object) -> None:
    assert check(asked_for, answer) == kept


@pytest.mark.parametrize(
    ("asked_for", "answer", "reason"),
    [
        (question(AnswerKind.YES_NO), 1, "invalid"),
        (question(AnswerKind.YES_NO), "yes", "invalid"),
        (FACINGS, True, "invalid"),
        (FACINGS, "12", "invalid"),
        (FACINGS, 2.5, "not_whole"),
        (FACINGS, -1, "out_of_range"),
        (FACINGS, 51, "out_of_range"),
        (question(AnswerKind.CHOICE), "z", "unknown_value"),
        (question(AnswerKind.CHOICE), ["a"], "unknown_value"),
        (question(AnswerKind.SEVERAL), [], "missing"),
        (question(AnswerKind.SEVERAL), ["a", "z"], "unknown_value"),
        (question(AnswerKind.SEVERAL), "a", "unknown_value"),
        (question(AnswerKind.TEXT), "  ", "missing"),
        (question(AnswerKind.TEXT), 5, "invalid"),
        (question(AnswerKind.TEXT), "x" * (LONGEST_ANSWER + 1), "too_long"),
    ],
)
def test_an_impossible_answer_names_its_question(
    asked_for: Question, answer: object, reason: str
) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        check_all({asked_for.id: asked_for}, {asked_for.id: answer})
    assert (refused.value.field, refused.value.reason) == (f"form_answers.{asked_for.id}", reason)


def test_an_answer_to_no_question_is_refused() -> None:
    with pytest.raises(InvalidRecordError, match="unknown_question"):
        check_all({}, {new_id(): True})


@given(st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.text()))
def test_whatever_comes_is_an_answer_or_a_named_fault(answer: object) -> None:
    for kind in AnswerKind:
        one = question(kind)
        with suppress(InvalidRecordError):
            data = load(VisitPatchSchema(), {"form_answers": {one.id: answer}}, partial=True)
            kept = check_all({one.id: one}, data["form_answers"])
            assert check(one, kept[one.id]) == kept[one.id]


@pytest.mark.parametrize(
    "answers",
    [
        [],
        {"no-id": True},
        {new_id(): None},
        {new_id(): {"a": 1}},
        {new_id(): [1]},
        {new_id(): float("inf")},
        {new_id(): 10**400},
        {new_id(): "x" * (LONGEST_ANSWER + 1)},
        {new_id(): "\x00"},
        {new_id(): True for _ in range(101)},
    ],
)
def test_answers_of_a_wrong_shape_do_not_travel(answers: object) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        load(VisitPatchSchema(), {"form_answers": answers}, partial=True)
    assert refused.value.field == "form_answers"


def test_a_question_is_asked_by_class_and_by_what_was_ordered() -> None:
    everywhere = replace(FACINGS, position=2)
    of_class_a = replace(FACINGS, key=new_id(), position=3, classes=frozenset("A"))
    of_tea = replace(FACINGS, key=new_id(), position=1, categories=frozenset({"Tea"}))
    retired = replace(FACINGS, key=new_id(), is_retired=True)
    form = [everywhere, of_class_a, of_tea, retired]

    assert asked(form, customer_class="B", categories=[]) == (everywhere,)
    assert asked(form, customer_class="A", categories=["Rice"]) == (everywhere, of_class_a)
    assert asked(form, customer_class="A", categories=["Tea"]) == (of_tea, everywhere, of_class_a)


def test_only_required_questions_must_have_an_answer() -> None:
    required = replace(FACINGS, is_required=True)

    assert unanswered([required, question(AnswerKind.TEXT)], {}) == (required,)
    assert unanswered([required], {required.id}) == ()


def test_the_last_answer_is_proposed_to_a_newer_version_where_it_is_still_possible() -> None:
    newer = replace(FACINGS, id=new_id(), high=20.0)
    versions = {one.id: one for one in (FACINGS, newer)}

    assert proposals([newer], versions, {FACINGS.id: 12}) == {newer.id: 12}
    assert proposals([newer], versions, {FACINGS.id: 30}) == {}
    assert proposals([newer], versions, {new_id(): 12}) == {}
