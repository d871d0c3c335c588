"""A phone's data run on two phones, and the server is one again that lacks what one of them sent.

Under the same numbers the other one sends its own. Both phones were told that theirs is there.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from mobile.sync.answers import ChainRefusedError
from server.identity.models import Device
from server.platform.database import db
from server.tasks.models import Task
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.integration.sync.test_deals_from_phones import COOLER
from tests.integration.sync.test_enrolled_again import copy_of
from tests.support.backups import Restore, backed_up

_TASKS = 9
"""More than there are numbers whose heads a phone names one by one."""


@pytest.fixture
def back_up(company: Company, tmp_path: Path) -> Iterator[Callable[[], Restore]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(backed_up(company.app, tmp_path))


@pytest.fixture
def copy(phone: Handset, company: Company, tmp_path: Path) -> Iterator[Handset]:
    """Give a phone with the data of Sari's, made when that one had sent something."""
    note(phone, "both", 3)
    phone.synchronize()
    copy = copy_of(phone, tmp_path)
    yield copy
    copy.switch_off()


def note(phone: Handset, whose: str, count: int) -> None:
    for number in range(count):
        phone.tasks.create(title=f"{whose} {number}")


def titles(company: Company) -> list[str]:
    with company.app.app_context():
        return sorted(db.session.scalars(select(Task.title)))


def check(company: Company, *phones: Handset, **counts: int) -> None:
    """Check that each task is there once, and on each phone."""
    for phone in phones:
        phone.synchronize()
    assert titles(company) == sorted(f"{who} {n}" for who in counts for n in range(counts[who]))
    with company.app.app_context():
        for phone in phones:
            check_equal_to_the_server(phone, company.sari)
    for phone in phones:
        assert (phone.sync.status().waiting, phone.sync.status().needs_you) == (0, 0)


@pytest.mark.fault("history", "data on two phones, and an older backup of the server")
@pytest.mark.parametrize(("theirs", "waits"), [(_TASKS, 0), (_TASKS, 2), (_TASKS + 3, 0), (4, 0)])
def test_what_one_had_sent_is_sent_again_though_the_other_has_its_numbers(
    phone: Handset,
    copy: Handset,
    company: Company,
    back_up: Callable[[], Restore],
    theirs: int,
    waits: int,
) -> None:
    """Also by one that has nothing else to send, where as many changes are here as it knows of."""
    restore = back_up()
    note(phone, "mine", _TASKS)
    phone.synchronize()
    restore()
    note(copy, "theirs", theirs)
    copy.synchronize()
    note(phone, "mine since", waits)

    with pytest.raises(ChainRefusedError) as refusal:
        phone.synchronize()
    assert refusal.value.code == "forked"
    for _ in range(2):  # it fetches what others did, and goes on showing what it did itself
        with pytest.raises(ChainRefusedError):
            phone.synchronize()
        shown = {task.title for task in phone.tasks.lists().upcoming}
        assert {"theirs 0", "mine 0", f"mine {_TASKS - 1}"} < shown
        assert 0 <= phone.sync.status().waiting - _TASKS - waits <= 3  # perhaps of both, too
    phone.enrol(company.enrolment_code(company.sari))

    check(
        company, phone, copy, **{"both": 3, "mine": _TASKS, "theirs": theirs, "mine since": waits}
    )


def test_what_the_other_wrote_under_its_numbers_is_not_its_own(
    phone: Handset, copy: Handset, company: Company, back_up: Callable[[], Restore]
) -> None:
    """So the rep is asked, where both have changed one thing."""
    deal_id = phone.deals.create(company.maju, COOLER)
    phone.synchronize()
    for each in (phone, copy):
        each.switch_off()
    shutil.copyfile(phone.path, copy.path)
    for each in (phone, copy):
        each.switch_on()
    restore = back_up()
    phone.deals.change(deal_id, replace(COOLER, amount_minor=1_000_00))
    phone.synchronize()
    restore()
    copy.deals.change(deal_id, replace(COOLER, amount_minor=2_000_00))
    copy.synchronize()
    with pytest.raises(ChainRefusedError):
        phone.synchronize()

    phone.enrol(company.enrolment_code(company.sari))

    assert phone.sync.status().needs_you == 1
    assert phone.deals.get(deal_id).amount_minor == 2_000_00


def test_one_whose_changes_are_all_here_sends_none_again(
    phone: Handset, copy: Handset, company: Company
) -> None:
    """Nothing was restored: up to where both are one, and beyond, the server has the phone's."""
    note(phone, "mine", _TASKS)
    phone.synchronize()
    note(copy, "theirs", 2)
    with pytest.raises(ChainRefusedError):
        copy.synchronize()

    phone.enrol(company.enrolment_code(company.sari))
    copy.enrol(company.enrolment_code(company.sari))

    check(company, phone, copy, both=3, mine=_TASKS, theirs=2)
    with company.app.app_context():
        sent = db.session.scalars(select(Device.through).order_by(Device.enrolled_at)).all()
    assert sent == [3 + _TASKS, 0, 2]


def test_nobody_learns_of_another_reps_phone(
    phone: Handset, company: Company, new_phone: Callable[[str], Handset]
) -> None:
    note(phone, "mine", 2)
    phone.synchronize()
    budi = new_phone(company.budi)
    with phone.database.read() as connection:
        of_sari = connection.execute("SELECT * FROM device").fetchone()
        lines = connection.execute("SELECT * FROM outbox").fetchall()
    with budi.database.write() as connection:
        connection.execute(
            "UPDATE device SET device_id = ?, settled = 2, next_sequence = 3",
            (of_sari["device_id"],),
        )
        for line in lines:
            connection.execute(
                f"INSERT INTO outbox ({', '.join(line.keys())})"  # noqa: S608
                f" VALUES ({', '.join('?' * len(line.keys()))})",
                tuple(line),
            )
    budi.enrolment.enrol(server_url="http://tapak.test", code=company.enrolment_code(company.budi))

    with budi.database.read() as connection:  # the server says that it knows no such device
        [waiting] = connection.execute(
            "SELECT count(*) FROM outbox WHERE state = 'pending'"
        ).fetchone()
    assert waiting == 2
