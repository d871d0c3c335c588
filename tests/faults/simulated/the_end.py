"""The end of a history: the network heals, all sync until nothing moves, and all must agree."""

import json
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import Any

from sqlalchemy import select

from mobile.storage import replica, tracks
from server.photos.models import Photo
from server.platform.database import db
from server.platform.secrets import secret_key
from server.sync import changes
from server.sync.anchors import anchor_time
from server.sync.models import ChangeLog, Conflict
from server.tasks.models import Task
from server.tracking.models import TrackChunk
from shared.sync import chain
from shared.sync.change import Change
from shared.sync.protocol import PushHeader, Result, rep_scope
from shared.vocabulary import PhotoState, TaskState
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.handset import Handset
from tests.faults.simulated.authors import check_the_authors
from tests.faults.simulated.counters import (
    check_that_phones_were_told_the_truth,
    check_the_counts,
)
from tests.faults.simulated.figures import Figures, check_that_all_was_told
from tests.faults.simulated.world import further

_ROUNDS = 3


class TheEnd(Figures):
    """Phones and server hold the same, all that was done, once."""

    def teardown(self) -> None:
        try:
            self._finish()
        finally:
            self.be_healthy()
            for phone in self.phones:
                phone.switch_off()

    def _finish(self) -> None:
        for phone in self.phones:
            phone.clock.off = phone.clock.off.__class__()
        for who, phone in enumerate(self.phones):
            self.synchronize(who)
            if who in self.of_yesterday:
                self.enrol(who)  # it has done nothing since by which the server would know
            assert self.pending(phone) == 0  # whatever bugs the server has: one round is enough
        self.count_and_tell_the_reps()
        for _ in range(_ROUNDS):
            for phone in self.phones:
                phone.synchronize()
                phone.sender.send()
        with self.app.app_context():
            assert changes.wrong_scopes() == []
            check_that_all_was_told(self.owners)
            for who, (phone, owner) in enumerate(zip(self.phones, self.owners, strict=True)):
                self._check_that_nothing_was_lost_or_doubled(phone, forgets=who in self.aged)
                self._check_the_track(phone, self.diaries[who].track)
                self._check_the_chain_and_the_times(phone)
                check_equal_to_the_server(phone, owner)
                self._check_the_questions(phone)
                self._check_that_sending_again_changes_nothing(phone)
            check_that_phones_were_told_the_truth(self.phones)
            check_the_counts(self.owners, began_with=(self.company.maju, self.company.jaya))
            check_the_authors(
                self.owners, self.written, is_own=None if self.was_restored else self.is_one_phone
            )
        for phone, owner in zip(self.phones, self.owners, strict=True):
            self._check_that_fetching_again_changes_nothing(phone, owner)

    def _check_that_nothing_was_lost_or_doubled(self, phone: Handset, *, forgets: bool) -> None:
        assert self.pending(phone) == 0
        with phone.database.read() as connection:
            mine = connection.execute(
                "SELECT sequence, line, status FROM outbox WHERE sequence > 0 ORDER BY sequence"
            ).fetchall()
        log = self.log(phone)
        kept = {row["sequence"] for row in mine}
        assert [(row["sequence"], row["line"], row["status"]) for row in mine] == [
            (entry.sequence, entry.line, entry.status)
            for entry in log
            if entry.sequence in kept or not forgets
        ]
        if not self.was_restored:  # else what it sent as another device may be gone, or not its own
            _check_what_it_knows_of_before(phone)
        _check_the_groups(log)
        self._check_tasks_and_photos(log)

    def _check_the_track(self, phone: Handset, recorded: set[float]) -> None:
        """Each fix waits for its chunk, or is in one; what was taken is here as it was sent."""
        with phone.database.read() as connection:
            known = {fix.latitude for fix in tracks.waiting(connection)}
            lines = connection.execute("SELECT line FROM outbox WHERE entity = 'track'").fetchall()
        for row in lines:
            known |= {fix[1] for fix in Change.from_body(chain.split(row["line"])[0]).data["fixes"]}
        user_id = self.device(phone).user_id
        chunks = db.session.scalars(select(TrackChunk).where(TrackChunk.rep_id == user_id)).all()
        assert recorded <= known | {fix[1] for chunk in chunks for fix in chunk.fixes}
        fixes = {chunk.id: chunk.fixes for chunk in chunks}
        for entry in self.log(phone):
            if entry.entity == "track" and _took(entry):
                sent = Change.from_body(chain.split(entry.line)[0]).data["fixes"]
                assert fixes[entry.record_id] == sorted(sent)

    def _check_tasks_and_photos(self, log: list[ChangeLog]) -> None:
        """Compare with what comes of all that was taken: the furthest state, and whole photos."""
        states: dict[str, TaskState] = {}
        for entry in filter(_took, log):
            if entry.entity == "task":
                said = Change.from_body(chain.split(entry.line)[0]).data.get("state", "open")
                states[entry.record_id] = TaskState(said)
        for task in db.session.scalars(select(Task).where(Task.id.in_(states))):
            assert further(TaskState(task.state)) >= further(states[task.id])
        taken = {e.record_id for e in log if (e.entity, e.kind) == ("photo", "c") and _took(e)}
        photos = db.session.scalars(select(Photo).where(Photo.id.in_(taken))).all()
        assert {photo.id for photo in photos} == taken
        assert all(
            photo.state == PhotoState.PRESENT for photo in photos if photo.withdrawn_at is None
        )

    def _check_the_questions(self, phone: Handset) -> None:
        """Both values are kept, here and there, of whatever was not taken for want of a person."""
        with phone.database.read() as connection:
            asked = {
                row["sequence"]: (json.loads(row["mine"]), json.loads(row["theirs"] or "null"))
                for row in connection.execute("SELECT sequence, mine, theirs FROM attention")
            }
        for entry in self.log(phone):
            if entry.status == "conflict":
                answer = Result.from_wire(entry.result)
                mine = Change.from_body(chain.split(entry.line)[0]).data
                kept = db.session.get_one(Conflict, answer.code)
                assert (kept.mine, kept.theirs) == (mine, answer.fields)
                assert asked[entry.sequence] == (mine, answer.fields)

    def _check_the_chain_and_the_times(self, phone: Handset) -> None:
        device = self.device(phone)
        head, secret = chain.FIRST_HEAD, secret_key(self.app.extensions["settings"])
        for entry in self.log(phone):
            _, head = chain.unseal(entry.line, head=head, key=device.mac_key)
            assert head == entry.head
            anchor = Change.from_body(chain.split(entry.line)[0]).captured.anchor
            known = anchor_time(anchor.token, secret_key=secret) if anchor else None
            if entry.captured_at is not None:
                assert (known or entry.captured_at) <= entry.captured_at <= entry.received_at
        assert head == device.head

    def _check_that_sending_again_changes_nothing(self, phone: Handset) -> None:
        with phone.database.read() as connection:
            rows = connection.execute(
                "SELECT sequence, line FROM outbox WHERE sequence > 0 ORDER BY sequence DESC"
            ).fetchall()
            epoch = connection.execute("SELECT epoch FROM device").fetchone()["epoch"]
        # Up to the first that the phone has forgotten, from the last one back.
        unbroken = takewhile(
            lambda pair: pair[1]["sequence"] == rows[0]["sequence"] - pair[0], enumerate(rows)
        )
        lines = [row["line"] for _, row in unbroken][::-1]
        if not lines:
            return
        # A phone that was another device has had answers as to something sent before, too.
        log = self.log(phone)
        first = log[-len(lines)].sequence
        before = [_first(Result.from_wire(entry.result)) for entry in log[-len(lines) :]]
        header = PushHeader(
            request_id="again",
            device_id=self.device(phone).id,
            schema_version=1,
            count=len(lines),
            first=first,
            head_before=(log[first - 2].head if first > 1 else chain.FIRST_HEAD).hex(),
            settled=0,
            epoch=epoch,
        )
        answer = phone.api.push("http://tapak.test", header, header.pack(lines))
        again = [_first(result) for result in answer.results]
        assert [(a, b) for a, b in zip(again, before, strict=True) if a != b] == []
        assert all(result.duplicate for result in answer.results)

    def _check_that_fetching_again_changes_nothing(self, phone: Handset, owner: str) -> None:
        before = self._dump(phone)
        with phone.database.write() as connection:
            replica.forget_position(connection, rep_scope(owner))
        phone.synchronize()
        assert self._dump(phone) == before

    def _dump(self, phone: Handset) -> dict[str, list[Any]]:
        with phone.database.read() as connection:
            # Not the floor beside it: what was forgotten when fetching a scope last began.
            reached = connection.execute("SELECT scope, position FROM cursor ORDER BY scope")
            return {"cursor": [tuple(row) for row in reached]} | {
                table: sorted(
                    (tuple(row) for row in connection.execute(f"SELECT * FROM {table}")),  # noqa: S608
                    key=str,
                )
                for table in ("product", "stage", "stop", "visit", "deal", "row_scope")
            }


def _check_the_groups(log: list[ChangeLog]) -> None:
    """Check that of neighbours of one group either all were taken or none."""
    read = [(Change.from_body(chain.split(entry.line)[0]).group_id, _took(entry)) for entry in log]
    for (group_id, took), (next_id, next_took) in pairwise(read):
        assert took == next_took or group_id is None or group_id != next_id


def _check_what_it_knows_of_before(phone: Handset) -> None:
    """Check that a phone has heard what became of what it sent as other devices."""
    with phone.database.read() as connection:
        rows = connection.execute(
            "SELECT device_id, line, status FROM outbox WHERE device_id IS NOT NULL"
        ).fetchall()
    devices = {row["device_id"] for row in rows}
    log = db.session.execute(
        select(ChangeLog.device_id, ChangeLog.line, ChangeLog.status).where(
            ChangeLog.device_id.in_(devices)
        )
    )
    there = {(of, line): status for of, line, status in log}
    assert [there.get((of, line)) for of, line, _ in rows] == [status for _, _, status in rows]


def _first(result: Result) -> list[Any]:
    """Return an answer as it would have been the first time."""
    return replace(result, duplicate=False).to_wire()


def _took(entry: ChangeLog) -> bool:
    return entry.status in ("ok", "merged")
