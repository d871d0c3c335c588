"""Phones, an office and a bad network against the real application: a machine for Hypothesis.

Everything runs in one thread, so a failure can be replayed. Checked after every step are laws of
each moment; at the end the network heals, everybody syncs, and phones and server must agree.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from mobile.services.day import DayNotStartedError, VisitStillOpenError
from mobile.services.views import OrderLine
from mobile.services.visits import VisitService
from mobile.storage import outbox, replica
from mobile.sync.answers import SyncError
from server.customers import operations as customers
from server.deals.models import Deal
from server.identity.models import Device
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.products.models import Product
from server.sync import changes, entities
from server.sync.incoming import Applied, Incoming
from server.sync.models import ChangeLog
from server.visits.models import CheckIn, Visit
from shared.schemas.limits import InvalidRecordError
from shared.sync import chain
from shared.sync.protocol import Kind, PushHeader, rep_scope
from shared.time import utc_now
from shared.vocabulary import NoSaleReason
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault, Network, PhoneKilledError

POISON = "poison"
PHONES = st.integers(0, 2)
ACTIONS = ["take_order", "take_order", "write_notes", "check_out", "cancel", "poison"]
FAULTS = st.lists(st.sampled_from(list(Fault)), max_size=5)
_ROUNDS = 4


class Simulation(RuleBasedStateMachine):
    """Sari has two phones, Budi has one."""

    def __init__(self, company: Company, folder: Path) -> None:
        super().__init__()
        self.company = company
        self.app = company.app
        owners = (company.sari, company.sari, company.budi)
        self.phones = [
            Handset(folder / f"{number}.db", Network(self.app), page_rows=4, batch=2)
            for number in range(len(owners))
        ]
        self.owners = owners
        for handset, owner in zip(self.phones, owners, strict=True):
            handset.enrol(company.enrolment_code(owner))
        self.counter = 0
        self.notes: list[dict[str, str]] = [{} for _ in owners]
        self.open_visit: list[str | None] = [None for _ in owners]
        self.reached: list[dict[str, int]] = [{} for _ in owners]
        self._healthy = dict(entities.UPWARD)
        for key in (("deal", Kind.CREATE), ("check_in", Kind.CREATE)):
            entities.UPWARD[key] = self._apply_or_burst

    def _apply_or_burst(self, incoming: Incoming) -> Applied:
        if POISON in (incoming.data.get("note"), incoming.data.get("app_version")):
            raise ZeroDivisionError
        return self._healthy[incoming.change.entity, incoming.change.kind](incoming)

    def _next(self) -> int:
        self.counter += 1
        return self.counter

    # What reps do, with or without a network.

    @rule(who=PHONES, action=st.sampled_from(ACTIONS))
    def work(self, who: int, action: str) -> None:
        """Begin a visit where there is none, else go on with it."""
        visit_id = self.open_visit[who]
        if visit_id is None:
            self._check_in(who, poisoned=action == "poison")
        else:
            getattr(self, f"_{action}")(who, visit_id)

    @rule(who=PHONES, action=st.sampled_from(ACTIONS))
    def work_on(self, who: int, action: str) -> None:
        """Work twice without anything in between."""
        self.work(who, action)
        self.work(who, "write_notes")

    def _check_in(self, who: int, *, poisoned: bool) -> None:
        phone = self.phones[who]
        found = phone.customers.search("")
        # The rep's other phone may be in a visit, and this one know of it.
        if found and phone.visits.open_visit() is None:
            version = POISON if poisoned else "0.1.0"
            visits = VisitService(recorder=phone.recorder, app_version=version)
            customer = found[self._next() % len(found)]
            visit = visits.check_in(customer_id=customer.id, fix=phone.fix(MAJU))
            self.open_visit[who] = visit.id

    def _take_order(self, who: int, visit_id: str, note: str = "") -> None:
        line = OrderLine(
            product_id=self.company.soda,
            product_name="Soda",
            quantity=self._next(),
            price_minor=5_000_00,
        )
        visit = self.phones[who].visits.take_order(visit_id, [line], note=note)
        assert visit.lines == (line,)

    def _poison(self, who: int, visit_id: str) -> None:
        self._take_order(who, visit_id, POISON)

    def _write_notes(self, who: int, visit_id: str) -> None:
        text = f"<note {self._next()}>"
        self.phones[who].visits.write_notes(visit_id, text)
        self.notes[who][visit_id] = text

    def _check_out(self, who: int, visit_id: str) -> None:
        visits = self.phones[who].visits
        if not visits.get(visit_id).lines:
            visits.set_no_sale_reason(visit_id, NoSaleReason.CLOSED)
        visits.check_out(visit_id, fix=None)
        self.open_visit[who] = None

    def _cancel(self, who: int, visit_id: str) -> None:
        self.phones[who].visits.cancel(visit_id, "Wrong outlet")
        self.open_visit[who] = None

    @rule(who=PHONES)
    def add_prospect(self, who: int) -> None:
        phone = self.phones[who]
        prospect = phone.customers.create_prospect(
            name=f"Warung {self._next()}", fix=phone.fix(MAJU)
        )
        assert phone.customers.get(prospect).customer.id == prospect

    @rule(who=PHONES)
    def start_or_end_the_day(self, who: int) -> None:
        phone = self.phones[who]
        try:
            if phone.day.today().started_at is None:
                phone.day.start_day()
            else:
                phone.day.end_day()
        except DayNotStartedError:
            assert phone.day.today().ended_at
        except VisitStillOpenError:
            # It may have begun on the rep's other phone.
            assert phone.visits.open_visit()

    @rule(who=PHONES)
    def fail_half_way(self, who: int) -> None:
        before = self._pending(self.phones[who])
        try:
            self.phones[who].customers.create_prospect(name=" ")
        except InvalidRecordError:
            assert self._pending(self.phones[who]) == before

    # What happens to phones.

    @rule(who=PHONES)
    def kill(self, who: int) -> None:
        self.phones[who].restart()

    @rule(who=PHONES, hours=st.integers(-90_000, 90_000), reboots=st.booleans())
    def set_the_clock(self, who: int, hours: int, *, reboots: bool) -> None:
        clock = self.phones[who].clock
        clock.off = clock.off.__class__(hours=hours)
        if reboots:
            clock.reboot()

    @rule(who=PHONES, faults=FAULTS)
    def sync(self, who: int, faults: list[Fault]) -> None:
        phone = self.phones[who]
        phone.network.next(*faults)
        try:
            phone.synchronize()
        except SyncError:
            pass
        except PhoneKilledError:
            phone.restart()
        phone.network.heal()

    # What the office does.

    @rule(to=st.integers(0, 1))
    def move_a_customer(self, to: int) -> None:
        with self.app.app_context(), transaction():
            customer = customers.lock_customer(self.company.jaya)
            owner = (self.company.sari, self.company.budi)[to]
            customer.change({"owner_id": owner}, at=utc_now())
            record_changed("customer", customer.id)

    @rule()
    def change_a_price(self) -> None:
        with self.app.app_context(), transaction():
            product = db.session.get_one(Product, self.company.soap)
            product.change({"price_minor": self._next()}, at=utc_now())
            record_changed("product", product.id)

    @rule()
    def add_to_notes(self) -> None:
        with self.app.app_context(), transaction():
            visit = db.session.scalars(
                select(Visit)
                .where(Visit.rep_id.in_(self.owners))
                .order_by(Visit.id.desc())
                .limit(1)
            ).one_or_none()
            if visit is not None:
                text = f"{visit.notes}<office {self._next()}>"
                visit.change({"notes": text}, at=utc_now())
                record_changed("visit", visit.id)

    @precondition(lambda self: self.counter > 0)
    @rule()
    def fail_after_writing(self) -> None:
        """Somebody in the office writes, and the transaction is rolled back."""
        with self.app.app_context():
            try:
                with transaction():
                    customer = customers.lock_customer(self.company.maju)
                    customer.change({"city": "nowhere"}, at=utc_now())
                    record_changed("customer", customer.id)
                    db.session.flush()
                    raise ZeroDivisionError  # noqa: TRY301
            except ZeroDivisionError:
                pass

    # Laws of each moment.

    @invariant()
    def phones_show_what_their_rep_did(self) -> None:
        for phone, open_visit, notes in zip(self.phones, self.open_visit, self.notes, strict=True):
            if open_visit:
                found = phone.visits.get(open_visit)
                assert found.checked_out_at is None
            for visit_id, text in notes.items():
                refused = self._is_refused(phone, visit_id)
                assert refused or text in phone.visits.get(visit_id).notes

    @invariant()
    def cursors_only_grow(self) -> None:
        for phone, reached in zip(self.phones, self.reached, strict=True):
            with phone.database.read() as connection:
                rows = connection.execute("SELECT scope, position FROM cursor").fetchall()
            now = {row["scope"]: row["position"] for row in rows}
            assert all(now[scope] >= position for scope, position in reached.items())
            reached.update(now)

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

    # The end: heal, sync everybody until nothing moves, compare.

    def teardown(self) -> None:
        try:
            self._finish()
        finally:
            entities.UPWARD.update(self._healthy)
            for phone in self.phones:
                phone.switch_off()

    def _finish(self) -> None:
        for phone in self.phones:
            phone.clock.off = phone.clock.off.__class__()
        for _ in range(_ROUNDS):
            for phone in self.phones:
                phone.network.heal()
                phone.synchronize()
        with self.app.app_context():
            assert changes.wrong_scopes() == []
            for phone, owner in zip(self.phones, self.owners, strict=True):
                self._check_that_nothing_was_lost_or_doubled(phone)
                self._check_the_chain_and_the_times(phone)
                check_equal_to_the_server(phone, owner)
                self._check_that_sending_again_changes_nothing(phone)
        for phone, owner in zip(self.phones, self.owners, strict=True):
            self._check_that_fetching_again_changes_nothing(phone, owner)

    def _check_that_nothing_was_lost_or_doubled(self, phone: Handset) -> None:
        assert self._pending(phone) == 0
        with phone.database.read() as connection:
            mine = connection.execute(
                "SELECT sequence, line, status FROM outbox ORDER BY sequence"
            ).fetchall()
        log = self._log(phone)
        assert [(row["sequence"], row["line"], row["status"]) for row in mine] == [
            (entry.sequence, entry.line, entry.status) for entry in log
        ]
        created = {e.record_id for e in log if (e.entity, e.kind) == ("visit", "c") and _took(e)}
        on_server = set(db.session.scalars(select(Visit.id).where(Visit.id.in_(created))))
        assert on_server == created
        orders = {e.record_id for e in log if (e.entity, e.kind) == ("deal", "c") and _took(e)}
        assert set(db.session.scalars(select(Deal.id).where(Deal.id.in_(orders)))) == orders

    def _check_the_chain_and_the_times(self, phone: Handset) -> None:
        device = self._device(phone)
        head = chain.FIRST_HEAD
        for entry in self._log(phone):
            _, head = chain.unseal(entry.line, head=head, key=device.mac_key)
            assert head == entry.head
            if entry.captured_at is not None:
                assert entry.captured_at <= entry.received_at
        assert head == device.head

    def _check_that_sending_again_changes_nothing(self, phone: Handset) -> None:
        with phone.database.read() as connection:
            lines = [row["line"] for row in connection.execute("SELECT line FROM outbox")]
            epoch = connection.execute("SELECT epoch FROM device").fetchone()["epoch"]
        if not lines:
            return
        before = [entry.result for entry in self._log(phone)]
        header = PushHeader(
            request_id="again",
            device_id=self._device(phone).id,
            schema_version=1,
            count=len(lines),
            first=1,
            head_before=chain.FIRST_HEAD.hex(),
            settled=0,
            epoch=epoch,
        )
        answer = phone.api.push("http://tapak.test", header, header.pack(lines))
        first_time = [replace(result, duplicate=False) for result in answer.results]
        assert [result.to_wire() for result in first_time] == before
        assert all(result.duplicate for result in answer.results)

    def _check_that_fetching_again_changes_nothing(self, phone: Handset, owner: str) -> None:
        before = self._dump(phone)
        with phone.database.write() as connection:
            replica.forget_position(connection, rep_scope(owner))
        phone.synchronize()
        assert self._dump(phone) == before

    def _dump(self, phone: Handset) -> dict[str, list[Any]]:
        with phone.database.read() as connection:
            return {
                table: sorted(
                    (tuple(row) for row in connection.execute(f"SELECT * FROM {table}")),  # noqa: S608
                    key=str,
                )
                for table in ("product", "stage", "stop", "visit", "deal", "row_scope", "cursor")
            }

    def _pending(self, phone: Handset) -> int:
        with phone.database.read() as connection:
            return len(outbox.next_batch(connection, most=10_000, most_bytes=10**9))

    def _is_refused(self, phone: Handset, record_id: str) -> bool:
        with phone.database.read() as connection:
            return bool(
                connection.execute(
                    "SELECT count(*) FROM outbox WHERE record_id = ?"
                    " AND status IN ('rejected', 'conflict')",
                    (record_id,),
                ).fetchone()[0]
            )

    def _device(self, phone: Handset) -> Device:
        identity = phone.enrolment.identity()
        assert identity is not None
        return db.session.get_one(Device, identity.device_id)

    def _log(self, phone: Handset) -> list[ChangeLog]:
        return list(
            db.session.scalars(
                select(ChangeLog)
                .where(ChangeLog.device_id == self._device(phone).id)
                .order_by(ChangeLog.sequence)
            )
        )


def _took(entry: ChangeLog) -> bool:
    return entry.status in ("ok", "merged")


NewSimulation = Callable[[], Simulation]
