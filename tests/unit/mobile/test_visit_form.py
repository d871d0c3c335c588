"""Answering the visit form on the phone, without a network."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.device.simulated_camera import SimulatedCamera
from mobile.screens.questions.view_model import QuestionsViewModel
from mobile.services.form import FormService
from mobile.services.photos import PhotoService
from mobile.services.recorder import Recorder
from mobile.services.visits import FormIncompleteError, VisitService
from mobile.storage import form
from mobile.storage.photo_files import PhotoFiles
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
def photos(recorder: Recorder, tmp_path: Path, camera: SimulatedCamera) -> PhotoService:
    return PhotoService(recorder=recorder, files=PhotoFiles(tmp_path / "photos"), pictures=camera)


@pytest.fixture
def camera() -> SimulatedCamera:
    return SimulatedCamera(rng=random.Random(1))


@pytest.fixture
def screen(
    recorder: Recorder, visits: VisitService, photos: PhotoService, camera: SimulatedCamera
) -> QuestionsViewModel:
    return QuestionsViewModel(
        form=FormService(recorder=recorder, photos=photos),
        visits=visits,
        camera=camera,
        background=lambda work, done: done(work()),
        zone=lambda: "Asia/Jakarta",
    )


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


def test_a_question_is_answered_by_a_photo_that_is_taken_again_and_taken_back(
    recorder: Recorder,
    visits: VisitService,
    screen: QuestionsViewModel,
    photos: PhotoService,
    camera: SimulatedCamera,
    clock: FakeClock,
) -> None:
    question = new_id()
    shelf = a_question("photo", "The shelf?", position=9, is_required=True)
    newer = a_question("hologram", "Of a newer server", position=10)
    pull(recorder, ("form_question", question, 1, shelf), ("form_question", new_id(), 1, newer))
    visit_id = check_in(visits, clock)
    screen.refresh()
    assert screen.state.cards[-1].title == "The shelf?"
    assert (screen.choose(question), screen.wants_photo(question)) == (True, True)
    assert screen.photo_choices(question) == []

    camera.refuses = True
    screen.photograph(question)
    assert "may not be used" in screen.state.problem
    camera.refuses = False
    screen.photograph(question)
    first = answers(recorder, visit_id)[question]
    screen.photograph(question)

    second = answers(recorder, visit_id)[question]
    assert (screen.state.problem, first != second) == ("", True)
    [tile] = screen.state.cards[-1].tiles
    assert tile.key == question  # a tap on it is a tap on its question
    assert photos.of(visit_id) == ()  # it answers a question and stands there
    screen.clear(question)
    assert question not in answers(recorder, visit_id)
    assert screen.state.cards[-1].tiles == ()
    with recorder.database.read() as connection:
        left = connection.execute("SELECT count(*) FROM photo WHERE NOT withdrawn").fetchone()
    assert left[0] == 0
