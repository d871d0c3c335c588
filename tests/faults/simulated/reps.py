"""What reps do, with or without a network."""

import time

from hypothesis import strategies as st
from hypothesis.stateful import rule

from mobile.services.day import DayNotStartedError, VisitStillOpenError
from mobile.services.expense_views import NewExpense
from mobile.services.views import OrderLine
from mobile.services.visits import VisitService
from shared.schemas.limits import InvalidRecordError
from shared.vocabulary import ExpenseKind, ExpenseState, NoSaleReason, TaskState
from tests.fakes.company import MAJU
from tests.faults.simulated.world import PHONES, POISON, World, further

ACTIONS = [
    "take_order",
    "take_order",
    "say_why_not",
    "write_notes",
    "check_out",
    "cancel",
    "poison",
    "take_photo",
]


class Reps(World):
    """Visits, orders, prospects, tasks, expenses and days."""

    @rule(who=PHONES, action=st.sampled_from(ACTIONS))
    def work(self, who: int, action: str) -> None:
        """Begin a visit where there is none, else go on with it."""
        visit_id = self.diaries[who].open_visit
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
            customer = found[self.next() % len(found)]
            visit = visits.check_in(customer_id=customer.id, fix=phone.fix(MAJU))
            self.diaries[who].open_visit = visit.id

    def _take_order(self, who: int, visit_id: str, note: str = "") -> None:
        line = OrderLine(
            product_id=self.company.soda,
            product_name="Soda",
            quantity=self.next(),
            price_minor=5_000_00,
        )
        visit = self.phones[who].visits.take_order(visit_id, [line], note=note)
        assert who in self.damaged or visit.lines == (line,)  # perhaps it lost the product's name

    def _say_why_not(self, who: int, visit_id: str) -> None:
        """Give a reason for no order, which an order taken later takes back in its own group."""
        visits = self.phones[who].visits
        if not visits.get(visit_id).lines:
            visits.set_no_sale_reason(visit_id, NoSaleReason.CLOSED)

    def _take_photo(self, who: int, visit_id: str) -> None:
        self.phones[who].take_photo(visit_id)

    def _poison(self, who: int, visit_id: str) -> None:
        self._take_order(who, visit_id, POISON)
        self.poisoned.add(visit_id)

    def _write_notes(self, who: int, visit_id: str) -> None:
        text = f"<note {self.next()}>"
        self.phones[who].visits.write_notes(visit_id, text)
        self.diaries[who].notes[visit_id] = text

    def _check_out(self, who: int, visit_id: str) -> None:
        visits = self.phones[who].visits
        if not visits.get(visit_id).lines:
            visits.set_no_sale_reason(visit_id, NoSaleReason.CLOSED)
        if visit_id not in self.poisoned:
            self.orders[visit_id] = sum(line.quantity for line in visits.get(visit_id).lines)
        visits.check_out(visit_id, fix=None)
        self.diaries[who].open_visit = None

    def _cancel(self, who: int, visit_id: str) -> None:
        self.phones[who].visits.cancel(visit_id, "Wrong outlet")
        self.diaries[who].open_visit = None

    @rule(who=PHONES)
    def add_prospect(self, who: int) -> None:
        phone = self.phones[who]
        prospect = phone.customers.create_prospect(
            name=f"Warung {self.next()}", fix=phone.fix(MAJU)
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

    @rule(who=PHONES, times=st.integers(1, 3))
    def go_on(self, who: int, times: int) -> None:
        """Go 111 metres, which is recorded where the day runs and the rep agrees."""
        phone = self.phones[who]
        for _ in range(times):
            time.sleep(0.002)  # a second fix of the same millisecond is the same fix
            latitude = MAJU[0] + self.next() / 1000
            if phone.tracks.record(phone.fix((latitude, MAJU[1]))):
                self.diaries[who].track.add(latitude)

    @rule(who=PHONES, given=st.booleans())
    def agree_to_be_tracked_or_not(self, who: int, *, given: bool) -> None:
        """Either way what was recorded so far is made a chunk."""
        self.phones[who].day.consent(given=given)

    @rule(who=PHONES)
    def fail_half_way(self, who: int) -> None:
        before = self.pending(self.phones[who])
        try:
            self.phones[who].customers.create_prospect(name=" ")
        except InvalidRecordError:
            assert self.pending(self.phones[who]) == before

    @rule(who=PHONES, state=st.sampled_from(TaskState))
    def work_on_tasks(self, who: int, state: TaskState) -> None:
        """Bring one of the rep's tasks further, or note a new one."""
        phone = self.phones[who]
        lists = phone.tasks.lists()
        task = next((task for task in (*lists.upcoming, *lists.overdue, *lists.due_today)), None)
        if task is None or further(state) <= further(task.state):
            task_id, state = phone.tasks.create(title=f"Task {self.next()}"), TaskState.OPEN
        else:
            task_id = task.id
            phone.tasks.set_state(task_id, state)
        self.diaries[who].tasks[task_id] = state

    @rule(who=PHONES, takes_back=st.booleans())
    def spend(self, who: int, *, takes_back: bool) -> None:
        """Record an expense, or take one back."""
        phone, mine = self.phones[who], self.diaries[who].expenses
        live = [key for key, amount in mine.items() if amount is not None]
        if takes_back and live and not self.is_refused(phone, live[-1]):
            phone.expenses.delete(live[-1])
            mine[live[-1]] = None
            return
        expense = NewExpense(
            day=phone.expenses.today(),
            kind=ExpenseKind.PARKING,
            amount_minor=self.next() * 100,
            mileage_m=None,
            note="",
            state=ExpenseState.SUBMITTED,
        )
        mine[phone.expenses.save(expense)] = expense.amount_minor
