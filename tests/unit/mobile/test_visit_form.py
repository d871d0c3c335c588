"""Answering the visit form on the phone, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.screens.questions.view_model import QuestionsViewModel
from mobile.services.form import FormService
from mobile.services.recorder import Recorder
from mobile.services.visits import FormIncompleteError, VisitService
from mobile.storage import form
from shared.sync.ids import new_id
from shared.vocabulary import NoSaleReason
from tests.fakes.phone import FakeClock, a_customer, a_fix, a_question, make_recorder, pull

MAJU = new_id()
SHELF, FACINGS, RIVALS, TALK = (new_id() for _ in "1234")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    options = [["x", "Merek X"], ["y", "Merek Y"]]
    number = {"is_whole": True, "low": 0, "high": 50, "is_required": True}
    pull(
        recorder,
        ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)),
        ("form_question", SHELF, 1, a_question("yes_no", "On the shelf?", position=1)),
        ("form_question", FACINGS, 1, a_question("number", "Facings?", position=2, **number)),
        ("form_question", RIVALS, 1, a_question("several", "Rivals?", position=3, options=options)),
        ("form_question", TALK, 1, a_question("text", "Words?", position=4, classes=["A"])),
        ("form_question", new_id(), 1, a_question("text", "Never", classes=["B"])),
        ("form_question", new_id(), 1, a_question("text", "Never", categories=["Tea"])),
    )
    yield recorder
    recorder.database.close()


@pytest.fixture
def visits(recorder: Recorder) -> VisitService:
    return VisitService(recorder=recorder)


@pytest.fixture
def screen(recorder: Recorder, visits: VisitService) -> QuestionsViewModel:
    return QuestionsViewModel(form=FormService(recorder=recorder), visits=visits)


def check_in(visits: VisitService, clock: FakeClock) -> str:
    visit = visits.check_in(customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now()))
    visits.set_no_sale_reason(visit.id, NoSaleReason.STOCK_ENOUGH)
    return visit.id


def answers(recorder: Recorder, visit_id: str) -> dict[str, object]:
    with recorder.database.read() as connection:
        row = connection.execute("SELECT * FROM visit WHERE id = ?", (visit_id,)).fetchone()
        return dict(form.answers(row))


def test_a_required_question_holds_the_check_out_back(
    visits: VisitService, screen: QuestionsViewModel, clock: FakeClock
) -> None:
    visit_id = check_in(visits, clock)
    with pytest.raises(FormIncompleteError):
        visits.check_out(visit_id, fix=None)

    screen.refresh()
    assert screen.write(FACINGS, "12") == ""
    visits.check_out(visit_id, fix=None)


def test_each_answer_is_saved_at_once_and_a_second_tap_takes_it_back(
    recorder: Recorder, visits: VisitService, screen: QuestionsViewModel, clock: FakeClock
) -> None:
    visit_id = check_in(visits, clock)
    screen.refresh()
    assert [card.title for card in screen.state.cards] == [
        "On the shelf?",
        "Facings?",
        "Rivals?",
        "Words?",
    ]

    screen.choose(f"{SHELF}/no")
    screen.choose(f"{RIVALS}/y")
    screen.choose(f"{RIVALS}/x")
    assert screen.choose(TALK)
    assert screen.write(TALK, "  Mahal 🙂 ") == ""
    assert answers(recorder, visit_id) == {SHELF: False, RIVALS: ["x", "y"], TALK: "Mahal 🙂"}

    screen.choose(f"{SHELF}/no")
    screen.choose(f"{RIVALS}/x")
    screen.choose(f"{RIVALS}/y")
    screen.clear(TALK)
    assert answers(recorder, visit_id) == {}


@pytest.mark.parametrize("typed", ["", "many", "51", "-1", "2.5", "1e3", "٣"])
def test_an_impossible_number_is_explained_and_not_kept(
    recorder: Recorder,
    visits: VisitService,
    screen: QuestionsViewModel,
    clock: FakeClock,
    typed: str,
) -> None:
    visit_id = check_in(visits, clock)
    screen.refresh()

    assert screen.write(FACINGS, typed)
    assert answers(recorder, visit_id) == {}


def test_the_last_answers_are_proposed_and_repeated_with_one_tap(
    recorder: Recorder, visits: VisitService, screen: QuestionsViewModel, clock: FakeClock
) -> None:
    first = check_in(visits, clock)
    screen.refresh()
    assert screen.state.repeat == ""
    screen.choose(f"{SHELF}/yes")
    screen.write(FACINGS, "12")
    visits.check_out(first, fix=None)
    clock.pass_time(days=7)

    second = check_in(visits, clock)
    screen.refresh()
    assert answers(recorder, second) == {}
    assert screen.entry(FACINGS).value == "12"
    screen.choose(f"{SHELF}/no")
    undo = screen.repeat()
    assert answers(recorder, second) == {SHELF: False, FACINGS: 12}
    undo()
    assert answers(recorder, second) == {SHELF: False}
    screen.repeat()
    visits.check_out(second, fix=None)
    assert answers(recorder, first) == {SHELF: True, FACINGS: 12}
