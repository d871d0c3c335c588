"""What fills the demo's other pages: tasks, expenses, photos, customers that stay away."""

from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from server.demo.blueprint import Size
from server.demo.company import fill_demo
from server.expenses.models import Expense
from server.photos.models import Photo, PhotoBlob
from server.photos.operations.files import PhotoFolder
from server.photos.operations.images import examine, sha256_of
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import wrong_scopes
from server.sync.models import Conflict
from server.tasks.models import Task
from server.visits.models import Visit
from shared.vocabulary import ExpenseState, NoSaleReason, TaskState
from tests.integration.demo.conftest import NOW, TODAY

MONTH = Size(reps=3, customers=60, visit_days=40, deal_days=60)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_page_of_the_demo_is_empty(app: Flask, tmp_path: Path) -> None:
    folder = PhotoFolder(tmp_path / "photos")
    with app.app_context():
        with transaction():
            fill_demo(seed=7, today=TODAY, now=NOW, size=MONTH, photos=folder)

        tasks = db.session.scalars(select(Task)).all()
        assert {TaskState.OPEN, TaskState.DONE} <= {task.state for task in tasks}
        assert any(task.created_by != task.rep_id for task in tasks)
        assert any(
            task.state == TaskState.OPEN and task.due_on is not None and task.due_on < TODAY
            for task in tasks
        )
        states = Counter(db.session.scalars(select(Expense.state)))
        assert states[ExpenseState.SUBMITTED] > 0
        assert states[ExpenseState.APPROVED] > states[ExpenseState.REJECTED]
        photos = db.session.scalars(select(Photo)).all()
        blobs = {blob.sha256: blob for blob in db.session.scalars(select(PhotoBlob))}
        assert len(photos) == len(blobs) > 5
        receipts = pictured = 0
        for photo in photos:
            path = folder.path(photo.sha256)
            assert sha256_of(path) == photo.sha256
            assert examine(path).width_px == photo.width_px
            if photo.visit_id is None:
                receipts += 1
                continue
            visit = db.session.get_one(Visit, photo.visit_id)
            pictured += photo.id in visit.form_answers.values()
            assert visit.started_at is not None
            assert visit.ended_at is not None
            assert visit.started_at < photo.taken_at < visit.ended_at
        assert receipts > 0
        assert pictured > 0
        lost = select(Visit).where(Visit.no_sale_reason == NoSaleReason.COMPETITOR)
        visits_of_lost = Counter(visit.customer_id for visit in db.session.scalars(lost))
        assert visits_of_lost.most_common(1)[0][1] >= 2
        conflicts = db.session.scalars(select(Conflict)).all()
        assert {conflict.entity for conflict in conflicts} == {"deal", "expense"}
        for conflict in conflicts:
            assert any(conflict.theirs[name] != mine for name, mine in conflict.mine.items())
        assert wrong_scopes() == []
