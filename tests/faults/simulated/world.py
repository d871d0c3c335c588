"""Phones, their reps and an office, and what is known of them beside the databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select

from mobile.storage import contents, outbox
from mobile.sync.answers import ChainRefusedError, SignInNeededError
from server.fields.models import FieldRow
from server.fields.operations import Draft, add_field
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from server.platform.versioned import Versioned
from server.sync import entities
from server.sync.downward import DOWNWARD
from server.sync.incoming import Applied, Incoming
from server.sync.models import ChangeLog
from shared.sync.protocol import Kind
from shared.time import utc_now
from shared.vocabulary import FieldKind, TaskState
from tests.fakes.carriers import Carrier
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.faults.simulated.rights import Rows
from tests.support.backups import Restore

POISON = "poison"
FIELD = "size"
"""Key of a custom field of customers."""
PHONES = st.integers(0, 2)
PHONES_OF_SARI = st.integers(0, 1)
Restorer = Callable[[], Restore]


@dataclass
class Diary:
    """What a rep did on a phone, and therefore must see there."""

    notes: dict[str, str] = field(default_factory=dict)
    open_visit: str | None = None
    tasks: dict[str, TaskState] = field(default_factory=dict)
    expenses: dict[str, int | None] = field(default_factory=dict)
    """Amounts; None: taken back."""
    track: set[float] = field(default_factory=set)
    """Latitudes of the fixes that were recorded; no two are the same."""

    def copied(self) -> "Diary":
        """Return one that stays as this one is now."""
        return replace(
            self,
            notes=dict(self.notes),
            tasks=dict(self.tasks),
            expenses=dict(self.expenses),
            track=set(self.track),
        )

    def on_another_phone(self) -> "Diary":
        """Return what a second phone with the same data shows, whatever is done on the first."""
        notes = {k: v for k, v in self.notes.items() if k != self.open_visit}
        return Diary(notes=notes, tasks=dict(self.tasks), track=set(self.track))

    def only_what_is_also_in(self, later: "Diary") -> "Diary":
        """Return what a copy of the phone's data, made now, can still show at a later time."""
        return Diary(
            notes={k: v for k, v in self.notes.items() if later.notes.get(k) == v},
            open_visit=self.open_visit if self.open_visit == later.open_visit else None,
            tasks={k: v for k, v in self.tasks.items() if later.tasks.get(k) == v},
            expenses={k: v for k, v in self.expenses.items() if later.expenses.get(k, "none") == v},
            track=self.track & later.track,
        )


@dataclass(frozen=True)
class Written:
    """What the office wrote: it took a record from one version to another."""

    entity: str
    record_id: str
    before: int
    after: int
    fields: dict[str, Any]
    """As they travel."""


@contextmanager
def noting(
    written: list[Written], entity: str, row: Versioned | None, *names: str
) -> Iterator[None]:
    """Note what the office writes inside: fields of a record, by their names on the wire.

    The record is locked where anybody else may write.
    """
    before = row.version if row else 0
    yield
    if row is not None and row.version != before:
        db.session.flush()
        record_id: str = row.id  # type: ignore[attr-defined]
        now = DOWNWARD[entity].read([record_id])[record_id].fields
        fields = {name: now[name] for name in names}
        written.append(Written(entity, record_id, before, row.version, fields))


class World(RuleBasedStateMachine):
    """Sari has two phones, Budi has one."""

    def __init__(self, company: Company, folder: Path, carrier: Carrier, back_up: Restorer) -> None:
        super().__init__()
        self.company = company
        self.app = company.app
        self.back_up = back_up
        owners = (company.sari, company.sari, company.budi)
        self.phones = [
            Handset(folder / f"{number}.db", Network(self.app, carrier), page_rows=4, batch=2)
            for number in range(len(owners))
        ]
        self.owners = owners
        self.counter = 0
        self.diaries = [Diary() for _ in owners]
        self.orders: dict[str, int] = {}
        """By visit, how many pieces were ordered in it when it was closed."""
        self.poisoned: set[str] = set()
        """Visits with an order at which the server's bug bursts."""
        self.of_yesterday: set[int] = set()
        """Phones that forgot what they did, and are the same devices still."""
        self.cloned: str | None = None
        """Device that two phones were."""
        self.synced: set[int] = set()
        """Phones that tried to sync in this step."""
        self.allowed: list[Rows] = [frozenset() for _ in owners]
        """By phone, entity and id of what its rep had a right to since it last fetched."""
        self.replayed: set[str] = set()
        """Records of which the server took something late, once it was mended."""
        self.damaged: set[int] = set()
        """Phones whose copy was altered by hand, until they have fetched it anew."""
        self.aged: set[int] = set()
        """Phones that have kept sent changes for longer than they keep them."""
        self.kept = [0 for _ in owners]
        """How many changes a phone had to keep at the last look."""
        self.may_begin_anew: set[int] = set()
        """Phones with a reason to fetch a scope from its beginning, until they have."""
        self.reached: list[dict[str, int]] = [{} for _ in owners]
        self.devices: list[set[str]] = [set() for _ in owners]
        """Ids that a phone has had, one after the other."""
        self.written: list[Written] = []
        """By the office; in the life of the database that goes on."""
        self.was_restored = False
        self.feed: dict[tuple[str, str, str], int] = {}
        self.heads: dict[str, int] = {}
        self._define_a_field()
        for who in range(len(owners)):
            self.enrol(who)
        self.may_begin_anew.clear()
        self._healthy = dict(entities.UPWARD)
        self.break_the_server()

    def _define_a_field(self) -> None:
        """All histories in a database share it."""
        with self.app.app_context(), transaction():
            if db.session.scalar(select(FieldRow).where(FieldRow.key == FIELD)) is None:
                draft = Draft(label=FIELD, by_reps=True)
                add_field(kind=FieldKind.WHOLE, draft=draft, at=utc_now(), by=self.company.manager)

    def _apply_or_burst(self, incoming: Incoming) -> Applied:
        if POISON in (incoming.data.get("note"), incoming.data.get("app_version")):
            raise ZeroDivisionError
        return self._healthy[incoming.change.entity, incoming.change.kind](incoming)

    def break_the_server(self) -> None:
        """Put a bug into the server that bursts at certain orders and check-ins."""
        for key in (("deal", Kind.CREATE), ("check_in", Kind.CREATE)):
            entities.UPWARD[key] = self._apply_or_burst

    def be_healthy(self) -> None:
        """Take the bug out of the server again."""
        entities.UPWARD.update(self._healthy)

    def next(self) -> int:
        """Return a number that nothing has had before."""
        self.counter += 1
        return self.counter

    def enrol(self, who: int) -> None:
        """Make a phone a new device of its rep, over a good network, and sync."""
        phone = self.phones[who]
        phone.network.heal()
        phone.enrol(self.company.enrolment_code(self.owners[who]))
        self.devices[who].add(self.device_id(phone))
        self.may_begin_anew.add(who)
        self.of_yesterday.discard(who)

    def synchronize(self, who: int) -> None:
        """Sync over a good network, as a new device where the server refuses the old one."""
        self.phones[who].network.heal()
        self.have_contents_compared(who)
        try:
            self.phones[who].synchronize()
            if self.differs_still(who):
                self.have_contents_compared(who)
                self.phones[who].synchronize()
        except (SignInNeededError, ChainRefusedError):
            self.enrol(who)

    def have_contents_compared(self, who: int) -> None:
        """Let the next sync be one of those that also compare what rows say."""
        with self.phones[who].database.write() as connection:
            contents.ask(connection)

    def differs_still(self, who: int) -> bool:
        """Return whether rows were altered by hand once more while a phone fetched them anew.

        It notes that, and mends it when it compares the next time.
        """
        with self.phones[who].database.read() as connection:
            return bool(contents.state(connection).get("still"))

    def pending(self, phone: Handset) -> int:
        """Return how many changes wait on a phone."""
        with phone.database.read() as connection:
            return len(outbox.next_batch(connection, most=10_000, most_bytes=10**9))

    def young_lines(self, phone: Handset) -> int:
        """Return how many changes a phone must not forget yet."""
        since_ms = utc_now().timestamp() * 1000 - outbox.KEEP_SETTLED_MS
        with phone.database.read() as connection:
            [count] = connection.execute(
                "SELECT count(*) FROM outbox WHERE state = 'pending' OR settled_at_ms >= ?"
                " OR sequence IN (SELECT sequence FROM attention)",
                (since_ms,),
            ).fetchone()
            return int(count)

    def is_refused(self, phone: Handset, record_id: str) -> bool:
        """Return whether a person must look at a change to a record."""
        with phone.database.read() as connection:
            return bool(
                connection.execute(
                    "SELECT count(*) FROM outbox WHERE record_id = ?"
                    " AND status IN ('rejected', 'conflict')",
                    (record_id,),
                ).fetchone()[0]
            )

    @contextmanager
    def writing(self, entity: str, row: Versioned | None, *names: str) -> Iterator[None]:
        """Note what the office writes inside."""
        with noting(self.written, entity, row, *names):
            yield

    def is_one_phone(self, one: str, other: str) -> bool:
        """Return whether two devices have been one phone."""
        return any({one, other} <= devices for devices in self.devices)

    def device_id(self, phone: Handset) -> str:
        """Return the id that a phone has now."""
        identity = phone.enrolment.identity()
        assert identity is not None
        return identity.device_id

    def device(self, phone: Handset) -> Device:
        """Return the server's row of a phone."""
        return db.session.get_one(Device, self.device_id(phone))

    def knows(self, phone: Handset) -> bool:
        """Return whether the server knows a phone; a restored one may lack the latest."""
        with self.app.app_context():
            return db.session.get(Device, self.device_id(phone)) is not None

    def log(self, phone: Handset) -> list[ChangeLog]:
        """Return what the server has had of this device."""
        return list(
            db.session.scalars(
                select(ChangeLog)
                .where(ChangeLog.device_id == self.device(phone).id)
                .order_by(ChangeLog.sequence)
            )
        )


def further(state: TaskState) -> int:
    """Return how far on a task is."""
    return [TaskState.OPEN, TaskState.IN_PROGRESS].index(state) if not state.is_closed else 2
