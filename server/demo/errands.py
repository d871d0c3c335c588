"""What reps do beside selling: tasks they promise or are given, money they spend, photos they take.

Each day draws from a source of its own, and what is decided later is told again until it is.
"""

import datetime as dt
import hashlib
import io
from typing import Any

from PIL import Image

from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.days import Call, WorkedDay
from server.demo.form import picture_question
from server.demo.people import APP_VERSION
from server.demo.pictures import draw_receipt, draw_shelf
from server.demo.roster import PHONE_REP
from server.demo.rows import Rows
from server.expenses.models import Expense
from server.photos.models import Photo, PhotoBlob, Thumbnail
from server.photos.operations.files import PhotoFolder
from server.tasks.models import Task
from server.visits.models import Visit
from shared.vocabulary import (
    ExpenseKind,
    ExpenseState,
    PhotoPurpose,
    PhotoState,
    TaskState,
    TimeTrust,
)

PHOTO_DAYS = 14
"""So many days before today photos were taken."""
DECIDED_WITHIN = dt.timedelta(days=14)
"""After so long everything of a day is done or decided."""
_TASKS_PER_DAY = 0.3
_EXPENSES_PER_DAY = 0.4
_PHOTOS_OF_CALLS = 0.07
_WITH_RECEIPT = 0.8
_REFUSED = 0.05
_TASKS = (
    ("Antar materi promosi", "Spanduk kecil dan wobbler, cukup dua."),
    ("Tagih pembayaran", "Faktur bulan lalu, sudah dijanjikan lewat telepon."),
    ("Bawa contoh varian baru", "Pemilik ingin mencoba dulu."),
    ("Tukar barang mendekati kedaluwarsa", "Tiga karton, siapkan berita acara."),
    ("Pasang rak pajangan", "Ukur dulu tempat di dekat kasir."),
    ("Tawarkan program loyalitas", ""),
    ("Perbarui nomor telepon pemilik", ""),
)
# Kind, note, from and to in thousands of the currency.
_SPENT = (
    (ExpenseKind.FUEL, "Isi bensin motor", 25, 60),
    (ExpenseKind.PARKING, "Parkir pasar", 2, 10),
    (ExpenseKind.MEAL, "Makan siang di luar rute", 20, 45),
    (ExpenseKind.PHONE, "Paket data", 50, 100),
    (ExpenseKind.SAMPLES, "Beli contoh untuk dicicipi", 30, 80),
    (ExpenseKind.OTHER, "Fotokopi formulir", 5, 15),
)
_WHY_REFUSED = "Nota tidak terbaca, tolong foto ulang."


def add_errands(
    rows: Rows, company: Company, worked: WorkedDay, *, since: dt.datetime, until: dt.datetime
) -> None:
    """Add the tasks and expenses of a day, as far as they have come by now.

    :param since: what was decided earlier is in the numbers already
    """
    chance = company.chance("errands", worked.rep.code, worked.day)
    calls = [call for call in worked.calls if not call.cancel_reason]
    if calls and chance.happens(_TASKS_PER_DAY):
        _add_task(rows, company, worked, chance, chance.choice(calls), until=until)
    if chance.happens(_EXPENSES_PER_DAY):
        _add_expense(rows, company, worked, chance, since=since, until=until)


def add_photos(
    rows: Rows, company: Company, worked: WorkedDay, *, until: dt.datetime, folder: PhotoFolder
) -> None:
    """Add photos of some visits that are over, and lay their files into the folder."""
    chance = company.chance("photos", worked.rep.code, worked.day)
    for call in worked.calls:
        if chance.happens(_PHOTOS_OF_CALLS) and call.ends_at <= until and not call.cancel_reason:
            answered = _visit_with_answers(rows, call)
            photo_id = _add_photo(
                rows,
                worked,
                chance,
                draw_shelf(chance, call.outlet.name),
                at=call.ends_at - (call.ends_at - call.starts_at) / 3,
                zone=company.zone,
                folder=folder,
                visit_id=call.visit_id,
                purpose=PhotoPurpose.FORM if answered else PhotoPurpose.VISIT,
            )
            if answered:
                answers = answered["form_answers"]
                answered["form_answers"] = {**answers, picture_question(company): photo_id}
    for expense in rows.of(Expense):
        is_of_the_day = (expense["rep_id"], expense["day"]) == (worked.rep.id, worked.day)
        if is_of_the_day and chance.happens(_WITH_RECEIPT):
            _add_photo(
                rows,
                worked,
                chance,
                draw_receipt(expense),
                at=expense["submitted_at"],
                zone=company.zone,
                folder=folder,
                expense_id=expense["id"],
                purpose=PhotoPurpose.RECEIPT,
            )


def _visit_with_answers(rows: Rows, call: Call) -> dict[str, Any] | None:
    for visit in reversed(rows.of(Visit)):
        if visit["id"] == call.visit_id:
            return visit if visit["form_answers"] else None
    return None


def _add_task(
    rows: Rows,
    company: Company,
    worked: WorkedDay,
    chance: Chance,
    call: Call,
    *,
    until: dt.datetime,
) -> None:
    title, note = chance.choice(_TASKS)
    rep, made_at = worked.rep, call.ends_at
    task_id = chance.record_id(made_at)
    is_given = chance.happens(0.35)
    due_on = worked.day + dt.timedelta(days=chance.randint(1, 8))
    ends_at = company.at(due_on, 15 * 60 + chance.uniform(-240, 600))
    ending = TaskState.CANCELLED if chance.happens(0.08) else TaskState.DONE
    is_ended = chance.happens(0.8) and ends_at <= until
    if made_at > until:
        return
    rows.add(
        Task,
        id=task_id,
        title=title,
        note=note,
        rep_id=rep.id,
        team_id=rep.team_id,
        customer_id=call.outlet.id,
        # The visits of the one phone to try are its own.
        visit_id=None if is_given or rep.code == PHONE_REP else call.visit_id,
        due_on=due_on,
        state=ending if is_ended else TaskState.OPEN,
        finished_at=ends_at if is_ended else None,
        created_by=rep.manager_id if is_given else rep.id,
        content_sha256=None,
        version=2 if is_ended else 1,
        field_versions={},
        created_at=made_at,
        updated_at=ends_at if is_ended else made_at,
        deleted_at=None,
    )


def _add_expense(
    rows: Rows,
    company: Company,
    worked: WorkedDay,
    chance: Chance,
    *,
    since: dt.datetime,
    until: dt.datetime,
) -> None:
    kind, note, least, most = chance.choice(_SPENT)
    rep, at = worked.rep, worked.ends_at
    expense_id = chance.record_id(at)
    amount_minor = chance.randint(least, most) * 1000 * 100
    decided_at = company.at(
        worked.day + dt.timedelta(days=chance.randint(2, 6)), 9 * 60 + chance.uniform(0, 300)
    )
    is_refused = chance.happens(_REFUSED)
    if at > until:
        return
    state = ExpenseState.SUBMITTED
    if decided_at <= until:
        state = ExpenseState.REJECTED if is_refused else ExpenseState.APPROVED
        if decided_at >= since:
            rows.mark(rep.id, worked.day)
    is_decided = state is not ExpenseState.SUBMITTED
    rows.add(
        Expense,
        id=expense_id,
        rep_id=rep.id,
        team_id=rep.team_id,
        day=worked.day,
        kind=kind,
        amount_minor=amount_minor,
        currency=company.currency,
        base_amount_minor=amount_minor,
        mileage_m=None,
        note=note,
        state=state,
        reason=_WHY_REFUSED if state is ExpenseState.REJECTED else "",
        submitted_at=at,
        decided_by=rep.manager_id if is_decided else None,
        decided_at=decided_at if is_decided else None,
        content_sha256=None,
        version=2 if is_decided else 1,
        field_versions={},
        created_at=at,
        updated_at=decided_at if is_decided else at,
        deleted_at=None,
    )


def _add_photo(
    rows: Rows,
    worked: WorkedDay,
    chance: Chance,
    picture: bytes,
    *,
    at: dt.datetime,
    zone: str,
    folder: PhotoFolder,
    purpose: PhotoPurpose,
    visit_id: str | None = None,
    expense_id: str | None = None,
) -> str:
    taken_at, photo_id = at, chance.record_id(at)
    sha256 = hashlib.sha256(picture).hexdigest()
    path = folder.path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    with Image.open(io.BytesIO(picture)) as image:
        width_px, height_px = image.size
    rows.add(
        PhotoBlob,
        sha256=sha256,
        size_bytes=len(picture),
        media_type="image/jpeg",
        width_px=width_px,
        height_px=height_px,
        made_at=None,
        stored_at=taken_at,
        thumbnail=Thumbnail.WANTED,
    )
    rows.add(
        Photo,
        id=photo_id,
        visit_id=visit_id,
        expense_id=expense_id,
        rep_id=worked.rep.id,
        day=worked.day,
        sha256=sha256,
        size_bytes=len(picture),
        width_px=width_px,
        height_px=height_px,
        purpose=purpose,
        wall_at=taken_at,
        time_zone=zone,
        boot_id="",
        elapsed_ms=None,
        anchor_id=None,
        taken_at=taken_at,
        time_trust=TimeTrust.VERIFIED,
        time_flags=[],
        received_at=taken_at,
        device_id=worked.rep.device_id,
        app_version=APP_VERSION,
        content_sha256=None,
        state=PhotoState.PRESENT,
        refusal="",
        withdrawn_at=None,
        version=2,
        field_versions={},
        created_at=taken_at,
        updated_at=taken_at,
        deleted_at=None,
    )
    return photo_id
