"""Phones, their reps and an office, and what is known of them beside the databases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select

from mobile.storage import outbox
from mobile.sync.answers import ChainRefusedError, SignInNeededError
from server.identity.models import Device
from server.platform.database import db
from server.sync import entities
from server.sync.incoming import Applied, Incoming
from server.sync.models import ChangeLog
from shared.sync.protocol import Kind
from shared.vocabulary import TaskState
from tests.fakes.carriers import Carrier
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.backups import Restore

POISON = "poison"
PHONES = st.integers(0, 2)
Restorer = Callable[[], Restore]


@dataclass
class Diary:
    """What a rep did on a phone, and therefore must see there."""

    notes: dict[str, str] = field(default_factory=dict)
    open_visit: str | None = None
    tasks: dict[str, TaskState] = field(default_factory=dict)
    expenses: dict[str, int | None] = field(default_factory=dict)
    """Amounts; None: taken back."""

    def only_what_is_also_in(self, later: "Diary") -> "Diary":
        """Return what a copy of the phone's data, made now, can still show at a later time."""
        return Diary(
            notes={k: v for k, v in self.notes.items() if later.notes.get(k) == v},
            open_visit=self.open_visit if self.open_visit == later.open_visit else None,
            tasks={k: v for k, v in self.tasks.items() if later.tasks.get(k) == v},
            expenses={k: v for k, v in self.expenses.items() if later.expenses.get(k, "none") == v},
        )


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
        for handset, owner in zip(self.phones, owners, strict=True):
            handset.enrol(company.enrolment_code(owner))
        self.counter = 0
        self.diaries = [Diary() for _ in owners]
        self.orders: dict[str, int] = {}
        """By visit, how many pieces were ordered in it when it was closed."""
        self.poisoned: set[str] = set()
        """Visits with an order at which the server's bug bursts."""
        self.of_yesterday: set[int] = set()
        """Phones that forgot what they did, and are the same devices still."""
        self.may_begin_anew: set[int] = set()
        """Phones with a reason to fetch a scope from its beginning, until they have."""
        self.reached: list[dict[str, int]] = [{} for _ in owners]
        self.feed: dict[tuple[str, str, str], int] = {}
        self.heads: dict[str, int] = {}
        self._healthy = dict(entities.UPWARD)
        for key in (("deal", Kind.CREATE), ("check_in", Kind.CREATE)):
            entities.UPWARD[key] = self._apply_or_burst

    def _apply_or_burst(self, incoming: Incoming) -> Applied:
        if POISON in (incoming.data.get("note"), incoming.data.get("app_version")):
            raise ZeroDivisionError
        return self._healthy[incoming.change.entity, incoming.change.kind](incoming)

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
        self.may_begin_anew.add(who)
        self.of_yesterday.discard(who)

    def synchronize(self, who: int) -> None:
        """Sync over a good network, as a new device where the server refuses the old one."""
        self.phones[who].network.heal()
        try:
            self.phones[who].synchronize()
        except (SignInNeededError, ChainRefusedError):
            self.enrol(who)

    def pending(self, phone: Handset) -> int:
        """Return how many changes wait on a phone."""
        with phone.database.read() as connection:
            return len(outbox.next_batch(connection, most=10_000, most_bytes=10**9))

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

    def device(self, phone: Handset) -> Device:
        """Return the server's row of a phone."""
        identity = phone.enrolment.identity()
        assert identity is not None
        return db.session.get_one(Device, identity.device_id)

    def knows(self, phone: Handset) -> bool:
        """Return whether the server knows a phone; a restored one may lack the latest."""
        identity = phone.enrolment.identity()
        assert identity is not None
        with self.app.app_context():
            return db.session.get(Device, identity.device_id) is not None

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
