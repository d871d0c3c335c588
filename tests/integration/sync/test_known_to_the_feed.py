"""A new record whose id the feed still knows, of one that was deleted for good, is taken once."""

import pytest
from sqlalchemy import select

from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.feed import lock, move_on
from server.sync.models import ChangeLog, SyncIndex
from server.tasks.models import Task
from shared.sync.protocol import RowEvent, rep_scope
from tests.fakes.company import Company
from tests.fakes.handset import Handset


@pytest.mark.parametrize("many", [1, 40, 200], ids=["by values", "in arrays", "in long ones"])
def test_it_is_taken_with_all_beside_it(phone: Handset, company: Company, many: int) -> None:
    task_ids = [phone.tasks.create(title=f"Task {number}") for number in range(many)]
    with company.app.app_context(), transaction():
        leave_news_of(task_ids[-1], scope_id=rep_scope(company.sari))

    phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert [each for each in phone.sync.records() if each.reason] == []
    with company.app.app_context():
        assert sorted(db.session.scalars(select(Task.id))) == sorted(task_ids)
        assert set(db.session.scalars(select(ChangeLog.status))) == {"ok"}
        [entry] = db.session.scalars(select(SyncIndex).filter_by(record_id=task_ids[-1]))
        assert (entry.event, entry.version) == (RowEvent.PUT, 1)
        assert changes.wrong_scopes() == []


def leave_news_of(task_id: str, *, scope_id: str) -> None:
    """Let the feed say that such a task was deleted; the table holds nothing of it."""
    scopes = lock([scope_id])
    scopes[scope_id].head += 1
    db.session.add(
        SyncIndex(
            scope=scope_id,
            entity="task",
            record_id=task_id,
            position=scopes[scope_id].head,
            event=RowEvent.DELETE,
            version=3,
        )
    )
    move_on(scopes)
