"""What a rep is to do and what a rep spent, on the phone alone."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.device.simulated_camera import SimulatedCamera
from mobile.screens.formats import plain_money, read_money, short_day
from mobile.services.day import DayService
from mobile.services.expense_views import NewExpense
from mobile.services.expenses import ExpenseApprovedError, ExpenseService, FutureExpenseError
from mobile.services.photos import PhotoService
from mobile.services.receipts import ReceiptService
from mobile.services.recorder import Recorder
from mobile.services.tasks import TaskService
from mobile.services.tracks import TrackService
from mobile.services.visits import VisitService
from mobile.storage.outbox import change_of
from mobile.storage.photo_files import PhotoFiles
from shared.i18n import set_language
from shared.schemas.limits import InvalidRecordError
from shared.sync.ids import new_id
from shared.vocabulary import ExpenseKind, ExpenseState, TaskState
from tests.fakes.phone import FakeClock, a_customer, a_fix, make_recorder, pull

MAJU = new_id()
TODAY = dt.date(2026, 11, 23)
LOCALE = Path(__file__).parents[3] / "mobile" / "locale"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    pull(recorder, ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)))
    yield recorder
    recorder.database.close()


@pytest.fixture
def tasks(recorder: Recorder) -> TaskService:
    return TaskService(recorder=recorder)


@pytest.fixture
def expenses(recorder: Recorder) -> ExpenseService:
    return ExpenseService(recorder=recorder)


def fuel(amount_minor: int = 50_000_00, *, day: dt.date = TODAY, **more: object) -> NewExpense:
    fields = {"mileage_m": None, "note": "", "state": ExpenseState.DRAFT, **more}
    return NewExpense(day=day, kind=ExpenseKind.FUEL, amount_minor=amount_minor, **fields)  # type: ignore[arg-type]


def test_tasks_stand_by_when_they_are_due(tasks: TaskService) -> None:
    for title, days in (("late", -1), ("now", 0), ("soon", 5)):
        tasks.create(title=title, due_on=TODAY + dt.timedelta(days=days))
    tasks.create(title="some day")

    lists = tasks.lists()

    assert [task.title for task in lists.overdue] == ["late"]
    assert [task.title for task in lists.due_today] == ["now"]
    assert [task.title for task in lists.upcoming] == ["soon", "some day"]
    assert tasks.count_due() == (1, 1)


def test_a_finished_task_can_be_taken_back(tasks: TaskService) -> None:
    task_id = tasks.create(title="Bring brochures", due_on=TODAY)

    tasks.set_state(task_id, TaskState.DONE)
    assert [task.id for task in tasks.lists().finished] == [task_id]
    tasks.set_state(task_id, TaskState.OPEN)

    assert [task.id for task in tasks.lists().due_today] == [task_id]


def test_what_is_promised_in_a_visit_is_about_its_customer(
    recorder: Recorder, tasks: TaskService
) -> None:
    visit = VisitService(recorder=recorder).check_in(customer_id=MAJU, fix=None)

    task_id = tasks.create(title="Price list", visit_id=visit.id)

    task = tasks.get(task_id)
    assert (task.customer_name, task.visit_id) == ("Toko Maju", visit.id)
    assert [task.id for task in tasks.of_customer(MAJU)] == [task_id]


@pytest.mark.parametrize(
    ("title", "note", "field", "reason"),
    [
        (" ", "", "title", "missing"),
        ("x" * 201, "", "title", "too_long"),
        ("x", "y" * 10_000, "note", "too_long"),
        ("x\0", "", "title", "control_character"),
    ],
)
def test_a_task_nobody_could_read_is_refused(
    tasks: TaskService, title: str, note: str, field: str, reason: str
) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        tasks.create(title=title, note=note)

    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert tasks.lists().upcoming == ()


def test_emoji_and_right_to_left_text_are_kept(tasks: TaskService) -> None:
    title = "🙂 اتصل بالعميل"

    assert tasks.get(tasks.create(title=title)).title == title


def test_an_expense_is_the_reps_until_it_is_approved(
    recorder: Recorder, expenses: ExpenseService
) -> None:
    expense_id = expenses.save(fuel())
    expenses.save(fuel(60_000_00, note="Pertalite"), expense_id=expense_id)
    expenses.set_state(expense_id, ExpenseState.SUBMITTED)
    assert expenses.get(expense_id).amount_minor == 60_000_00
    approved = {"day": "2026-11-23", "kind": "fuel", "amount_minor": 60_000_00, "currency": "IDR"}
    other = new_id()
    pull(recorder, ("expense", other, 3, {**approved, "state": "approved"}))

    with pytest.raises(ExpenseApprovedError):
        expenses.delete(other)
    with pytest.raises(ExpenseApprovedError):
        expenses.save(fuel(), expense_id=other)

    expenses.delete(expense_id)
    assert [expense.id for expense in expenses.newest()] == [other]


@pytest.mark.parametrize("amount_minor", [0, -1, 2**53 + 1])
def test_an_impossible_amount_is_refused(expenses: ExpenseService, amount_minor: int) -> None:
    with pytest.raises(InvalidRecordError):
        expenses.save(fuel(amount_minor))

    assert expenses.newest() == ()


def test_an_expense_keeps_its_currency_until_another_is_chosen(expenses: ExpenseService) -> None:
    own = expenses.save(fuel())
    assert (expenses.get(own).currency, expenses.currencies()) == ("IDR", ("IDR",))
    abroad = expenses.save(fuel(500, currency="JPY"))
    expenses.save(fuel(700), expense_id=abroad)
    assert (expenses.get(abroad).amount_minor, expenses.get(abroad).currency) == (700, "JPY")
    expenses.save(fuel(7_00, currency="USD"), expense_id=abroad)
    assert expenses.get(abroad).currency == "USD"


def test_tomorrows_expense_is_refused(expenses: ExpenseService) -> None:
    with pytest.raises(FutureExpenseError):
        expenses.save(fuel(day=TODAY + dt.timedelta(days=1)))


def test_the_days_track_proposes_the_mileage_sent_or_not(
    recorder: Recorder, clock: FakeClock, expenses: ExpenseService
) -> None:
    days, tracks = DayService(recorder=recorder), TrackService(recorder=recorder)
    assert expenses.mileage_m(TODAY) is None
    days.start_day()
    for step in range(41):  # 40 steps of 0.001 degrees north, 110.6 m each
        jump = 0.4 if step == 20 else 0.0  # a fix that leaps away and back is not believed
        place = a_fix(-6.2 + step * 0.001 + jump, 106.9, at=clock.now())
        assert tracks.record(place)
        clock.pass_time(seconds=30)

    assert expenses.mileage_m(TODAY) == pytest.approx(4423, abs=15)
    assert expenses.mileage_m(TODAY - dt.timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("language", "text", "amount_minor"),
    [
        ("id", "50.000", 50_000_00),
        ("id", "Rp 1.250,50", 1_250_50),
        ("en", "1,250.50", 1_250_50),
        ("en", "", None),
        ("en", "12x", None),
        ("en", "-5", None),
        ("en", "١٢", None),
        ("en", "9" * 30, None),
    ],
)
def test_amounts_are_read_as_the_language_writes_them(
    language: str, text: str, amount_minor: int | None
) -> None:
    set_language(language, LOCALE)
    try:
        assert read_money(text, "IDR") == amount_minor
        if amount_minor:
            assert read_money(plain_money(amount_minor, "IDR"), "IDR") == amount_minor
    finally:
        set_language("en", LOCALE)


def test_near_days_have_names() -> None:
    assert short_day(TODAY + dt.timedelta(days=1), TODAY) == "Tomorrow"
    assert short_day(dt.date(2027, 1, 4), TODAY) == "Monday, 4 January 2027"


def test_receipts_are_recorded_with_the_expense_and_outlive_a_kill(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    camera = SimulatedCamera(rng=random.Random(1))
    photos = PhotoService(recorder=recorder, files=PhotoFiles(tmp_path / "photos"), pictures=camera)
    receipts = ReceiptService(recorder=recorder, photos=photos)
    expenses = ExpenseService(recorder=recorder)
    for _ in range(2):
        camera.take(raw := receipts.raw_file())
        receipts.keep("", raw)
    kept, removed = receipts.of("")
    receipts.remove(removed.id)
    clock.pass_time(days=3)
    photos.tidy()  # as at the next start of the app

    expense_id = expenses.save(fuel())

    [receipt] = receipts.of(expense_id)
    assert receipts.of("") == ()
    assert Path(receipt.small).read_bytes() == Path(kept.small).read_bytes()
    assert expenses.newest()[0].receipts == 1
    camera.take(raw := receipts.raw_file())
    receipts.keep(expense_id, raw)
    assert len(receipts.of(expense_id)) == 2
    expenses.save(fuel(), expense_id=expense_id)
    assert expenses.get(expense_id).receipts == 2
    receipts.remove(receipt.id)
    assert expenses.get(expense_id).receipts == 1
    receipts.restore(receipt.id)

    with recorder.database.write() as connection:
        connection.execute("UPDATE expense SET state = 'approved'")
    with pytest.raises(ExpenseApprovedError):
        receipts.remove(receipt.id)


def test_a_receipt_says_when_it_was_photographed_not_when_its_expense_was_saved(
    recorder: Recorder, expenses: ExpenseService, clock: FakeClock, tmp_path: Path
) -> None:
    receipts, camera = a_camera(recorder, tmp_path)
    camera.take(raw := receipts.raw_file())
    receipts.keep("", raw)
    taken_at = clock.now()
    clock.pass_time(hours=3)

    expense_id = expenses.save(fuel())

    with recorder.database.read() as connection:
        lines = connection.execute("SELECT line FROM outbox ORDER BY sequence DESC LIMIT 2")
        photo, expense = (change_of(row["line"]) for row in lines)
    assert (photo.entity, photo.data["expense_id"]) == ("photo", expense_id)
    assert photo.captured.clock.wall_ms == taken_at.timestamp() * 1000
    assert expense.captured.clock.wall_ms == clock.now().timestamp() * 1000
    assert photo.captured.anchor == expense.captured.anchor


def test_a_receipt_nobody_saves_an_expense_for_goes_after_45_days(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    receipts, camera = a_camera(recorder, tmp_path)
    photos = PhotoService(recorder=recorder, files=PhotoFiles(tmp_path / "photos"), pictures=camera)
    for expense_id in ("", new_id()):  # an expense that is gone, too
        camera.take(raw := receipts.raw_file())
        receipts.keep(expense_id, raw)
    [kept] = receipts.of("")
    clock.pass_time(days=44)
    photos.tidy()
    assert [one.id for one in receipts.of("")] == [kept.id]
    assert Path(kept.small).exists()

    clock.pass_time(days=2)
    photos.tidy()

    assert receipts.of("") == ()
    assert not Path(kept.small).exists()


def a_camera(recorder: Recorder, folder: Path) -> tuple[ReceiptService, SimulatedCamera]:
    camera = SimulatedCamera(rng=random.Random(3))
    photos = PhotoService(recorder=recorder, files=PhotoFiles(folder / "photos"), pictures=camera)
    return ReceiptService(recorder=recorder, photos=photos), camera
