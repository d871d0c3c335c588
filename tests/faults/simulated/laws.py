"""What must hold at each moment."""

from hypothesis.stateful import invariant
from sqlalchemy import func, select

from mobile.services.expenses import ExpenseUnknownError
from server.identity.models import Device
from server.platform.database import db
from server.sync.models import ChangeLog, Scope, SyncIndex
from server.visits.models import CheckIn, Visit
from shared.sync.protocol import ORG_SCOPE, rep_scope
from tests.fakes.handset import Handset
from tests.faults.simulated.prefixes import check_prefix
from tests.faults.simulated.rights import rows_of, rows_on
from tests.faults.simulated.world import World, further


class Laws(World):
    """Checked after every step."""

    @invariant()
    def phones_show_what_their_rep_did(self) -> None:
        for phone, diary in zip(self.phones, self.diaries, strict=True):
            if diary.open_visit:
                assert phone.visits.get(diary.open_visit).checked_out_at is None
            for visit_id, text in diary.notes.items():
                refused = self.is_refused(phone, visit_id)
                assert refused or text in phone.visits.get(visit_id).notes
            for task_id, state in diary.tasks.items():
                refused = self.is_refused(phone, task_id)
                assert refused or further(phone.tasks.get(task_id).state) >= further(state)
            for expense_id, amount in diary.expenses.items():
                if not self.is_refused(phone, expense_id):
                    assert _amount(phone, expense_id) == amount

    @invariant()
    def phones_hold_what_their_rep_may_see(self) -> None:
        """Between syncs too: what one may see no longer goes with the next fetch."""
        with self.app.app_context():
            rights = {owner: rows_of(owner) for owner in set(self.owners)}
        for who, phone in enumerate(self.phones):
            self.allowed[who] |= rights[self.owners[who]]
            assert rows_on(phone) <= self.allowed[who]

    @invariant()
    def only_what_was_sent_long_ago_is_forgotten(self) -> None:
        for who, phone in enumerate(self.phones):
            count = self.young_lines(phone)
            assert count >= self.kept[who]
            self.kept[who] = count

    @invariant()
    def cursors_only_grow(self) -> None:
        """But where a scope must be fetched from its beginning."""
        for who, phone in enumerate(self.phones):
            with phone.database.read() as connection:
                rows = connection.execute("SELECT scope, position FROM cursor").fetchall()
            now = {row["scope"]: row["position"] for row in rows}
            grew = all(now.get(scope, 0) >= was for scope, was in self.reached[who].items())
            assert grew or who in self.may_begin_anew
            self.reached[who] = now

    @invariant()
    def the_server_holds_a_prefix_of_each_phone(self) -> None:
        with self.app.app_context():
            for device in db.session.scalars(select(Device).where(Device.user_id.in_(self.owners))):
                count, last = db.session.execute(
                    select(func.count(), func.max(ChangeLog.sequence)).where(
                        ChangeLog.device_id == device.id
                    )
                ).one()
                assert (count, last or 0) == (device.through, device.through)

    @invariant()
    def a_group_is_whole(self) -> None:
        with self.app.app_context():
            without = db.session.scalars(
                select(Visit.id).where(
                    Visit.rep_id.in_(self.owners), Visit.id.not_in(select(CheckIn.visit_id))
                )
            ).all()
            assert without == []

    @invariant()
    def what_comes_later_stands_later_in_the_feed(self) -> None:
        """So that a phone which has heard of everything up to a position misses nothing."""
        scopes = [ORG_SCOPE, *(rep_scope(owner) for owner in set(self.owners))]
        with self.app.app_context():
            heads = {
                row.id: row.head
                for row in db.session.scalars(select(Scope).where(Scope.id.in_(scopes)))
            }
            feed = {
                (row.scope, row.entity, row.record_id): row.position
                for row in db.session.execute(
                    select(
                        SyncIndex.scope,
                        SyncIndex.entity,
                        SyncIndex.record_id,
                        SyncIndex.position,
                    ).where(SyncIndex.scope.in_(scopes))
                )
            }
        for key, position in feed.items():
            assert position <= heads[key[0]]
            if self.heads and self.feed.get(key) != position:
                assert position > self.heads.get(key[0], 0)
        self.feed, self.heads = feed, heads

    @invariant()
    def whoever_sees_the_end_of_a_visit_sees_its_orders(self) -> None:
        """Cause before effect: the order was taken before the visit was ended."""
        for phone in self.phones:
            with phone.database.read() as connection:
                ended = [
                    row["id"]
                    for row in connection.execute(
                        "SELECT id FROM visit WHERE base IS NOT NULL AND ended_at_ms IS NOT NULL"
                    )
                ]
            for visit_id in ended:
                if self.orders.get(visit_id):
                    assert phone.visits.get(visit_id).lines

    @invariant()
    def whoever_sees_a_change_sees_all_that_its_phone_did_before(self) -> None:
        """Of deals, tasks and expenses, wherever a sync ended: whole groups, and no hole."""
        synced, self.synced = self.synced - self.may_begin_anew, set()
        for who in synced:
            with self.phones[who].database.read() as connection:
                held = {
                    (row["entity"], row["record_id"]): row["version"]
                    for row in connection.execute("SELECT * FROM row_scope")
                }
            with self.app.app_context():
                for device_id in self._devices_of(self.owners[who]):
                    check_prefix(device_id, held, late=self.replayed)

    def _devices_of(self, owner: str) -> list[str]:
        return list(db.session.scalars(select(Device.id).where(Device.user_id == owner)))


def _amount(phone: Handset, expense_id: str) -> int | None:
    try:
        return phone.expenses.get(expense_id).amount_minor
    except ExpenseUnknownError:
        return None
