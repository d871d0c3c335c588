"""A row that the database refuses stops only itself, however it was to be written."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from server.platform.database import db
from server.sync.models import ChangeLog, Quarantine
from server.tasks.models import Task
from shared.vocabulary import TaskState
from tests.fakes.company import Company
from tests.fakes.handset import Handset

_REFUSED_ON_SQLITE = """
CREATE TRIGGER refuse_task BEFORE INSERT ON task WHEN NEW.title = 'refused'
BEGIN
    SELECT RAISE(ABORT, 'not this one');
END
"""
_REFUSED_ON_POSTGRESQL = """
CREATE FUNCTION refuse_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE SQLSTATE '22000' USING MESSAGE = 'not this one';
END $$;
CREATE TRIGGER refuse_task BEFORE INSERT ON task FOR EACH ROW
    WHEN (NEW.title = 'refused') EXECUTE FUNCTION refuse_task()
"""
_REFUSE = {"sqlite": _REFUSED_ON_SQLITE, "postgresql": _REFUSED_ON_POSTGRESQL}
_TAKE_AGAIN = {
    "sqlite": "DROP TRIGGER refuse_task",
    "postgresql": "DROP TRIGGER refuse_task ON task; DROP FUNCTION refuse_task()",
}


@pytest.fixture(autouse=True)
def refusing_database(company: Company) -> Iterator[None]:
    """Let the database refuse tasks of one title."""
    with company.app.app_context():
        kind = db.engine.dialect.name
        run(_REFUSE[kind])
        yield
        db.session.remove()
        run(_TAKE_AGAIN[kind])


def run(script: str) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(script)


@pytest.mark.parametrize("others", [2, 150], ids=["a few", "many"])
def test_the_others_of_its_batch_are_taken(phone: Handset, company: Company, others: int) -> None:
    titles = [f"good {number}" for number in range(others)]
    for title in (*titles[: others // 2], "refused", *titles[others // 2 :]):
        phone.tasks.create(title=title)

    assert phone.synchronize().needs_you == 1

    with company.app.app_context():
        assert sorted(db.session.scalars(select(Task.title))) == sorted(titles)
        statuses = list(db.session.scalars(select(ChangeLog.status).order_by(ChangeLog.sequence)))
        assert [statuses.count(each) for each in ("ok", "rejected")] == [others, 1]
        [kept] = db.session.scalars(select(Quarantine))
        assert "not this one" in kept.error
    assert phone.synchronize().sent == 0


def test_a_change_that_cannot_be_written_in_bulk_is_not_blamed(
    phone: Handset, company: Company
) -> None:
    known = phone.tasks.create(title="known")
    phone.synchronize()
    phone.tasks.create(title="refused")
    phone.tasks.set_state(known, TaskState.DONE)

    assert phone.synchronize().needs_you == 1

    with company.app.app_context():
        assert db.session.scalar(select(Task.state)) == TaskState.DONE
    assert [each.reason for each in phone.sync.records() if each.reason] == ["internal"]
