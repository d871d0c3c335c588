"""Visits, plans and expenses that come to given totals; parameters are named like the measures.

Beside what is counted stands what must not be: a cancelled visit, a check-in without a check-out,
a second visit at a customer.
"""

from collections.abc import Callable
from functools import partial
from itertools import cycle

from server.expenses.models import Expense
from server.tracking.models import WorkDay
from shared.sync.ids import new_id
from shared.vocabulary import (
    CustomerClass,
    ExpenseKind,
    ExpenseState,
    NoSaleReason,
    StopState,
    TimeTrust,
    Verdict,
    VisitState,
)
from tests.factories.examples.world import MADE_AT, World, moment, parts

MORNING = 8 * 3600
QUARTER = 15 * 60


def calls(w: World, *, calls: int) -> None:
    for number in range(calls):
        w.visit(number % 10, MORNING + number * 60)
    w.visit(state=VisitState.CANCELLED)


def productive(w: World, *, productive_visits: int) -> None:
    for number in range(productive_visits):
        w.deal(5_00, closed=w.day(number % 9), visit=w.visit(number % 9))
    w.visit()


def drop_size(w: World, *, visit_sales: int, productive_visits: int) -> None:
    for number, value in enumerate(parts(visit_sales, productive_visits)):
        w.deal(value, closed=w.day(number), visit=w.visit(number))
    w.deal(9_00, closed=w.day())


def lines(w: World, *, visit_products: int, productive_visits: int) -> None:
    some = [w.product() for _ in range(visit_products)]
    for number, count in enumerate(parts(visit_products, productive_visits)):
        w.deal(closed=w.day(number), visit=w.visit(number), products=[*some[:count], some[0]])


def strike(w: World, *, productive_completed_visits: int, completed_visits: int) -> None:
    for number in range(completed_visits):
        visit = w.visit(number)
        if number < productive_completed_visits:
            w.deal(1_00, closed=w.day(number), visit=visit)
    # Sold to, and not left yet.
    w.deal(1_00, closed=w.day(), visit=w.visit(seconds=None))


def plan(w: World, *, planned_customers_visited: int, planned_customers: int) -> None:
    for number in range(planned_customers):
        customer = w.customer()
        w.stop(customer, number)
        if number < planned_customers_visited:
            w.visit(0, MORNING + number * QUARTER, customer=customer)
            w.visit(0, 19 * 3600, customer=customer)
    cancelled(w, cancelled_stops=1)


def cancelled(w: World, *, cancelled_stops: int) -> None:
    for number in range(cancelled_stops):
        w.stop(w.customer(), number, state=StopState.CANCELLED)


def to_plan(w: World, *, planned_calls: int, calls: int) -> None:
    for number in range(calls):
        customer = w.customer()
        w.visit(number % 5, customer=customer)
        # Planned for another day, the visit is none of the plan's.
        w.stop(customer, number, number % 5 if number < planned_calls else 20)


def route(w: World, *, stops_in_order: int, planned_customers_visited: int) -> None:
    late = range(planned_customers_visited, stops_in_order, -1)
    for number, place in enumerate([*late, *range(1, stops_in_order + 1)]):
        customer = w.customer()
        w.stop(customer, place)
        w.visit(0, MORNING + number * QUARTER, customer=customer)


def judged(w: World, *, inside_calls: int, outside_calls: int) -> None:
    for number in range(inside_calls):
        w.visit(number)
    for number in range(outside_calls):
        w.visit(number, verdict=Verdict.OUTSIDE)
    w.visit(verdict=Verdict.UNCERTAIN)


def undecided(w: World, *, uncertain_calls: int, calls: int) -> None:
    for number in range(calls):
        w.visit(verdict=Verdict.UNCERTAIN if number < uncertain_calls else Verdict.INSIDE)


def unverified(w: World, *, unverified_time_calls: int, calls: int) -> None:
    trusts = cycle((TimeTrust.ESTIMATED, TimeTrust.UNVERIFIED))
    for number in range(calls):
        is_sure = number >= unverified_time_calls
        w.visit(number, trust=TimeTrust.VERIFIED if is_sure else next(trusts))


def advancing(w: World, *, advancing_calls: int, calls: int) -> None:
    for number in range(calls):
        customer = w.customer()
        w.visit(customer=customer)
        # A fortnight and a day later it was not the visit.
        after = 14 if number < advancing_calls else 15
        w.deal(lead=w.day(), opened=w.day(after), customer=customer)


def cost(w: World, *, expenses: int, calls: int) -> None:
    for number, amount in enumerate(parts(expenses, 3)):
        for state in (ExpenseState.APPROVED, ExpenseState.SUBMITTED):
            w.rows.add(
                Expense, id=new_id(), rep_id=w.rep, team_id=w.team_id, day=w.day(number),
                kind=ExpenseKind.TOLL, amount_minor=amount, base_amount_minor=amount,
                currency="IDR", state=state, created_at=MADE_AT, updated_at=MADE_AT,
            )  # fmt: skip
    for number in range(calls):
        w.visit(number)


def without_sale(w: World, *, no_sale_visits: int, completed_visits: int) -> None:
    unexplained(w, no_sale_visits=no_sale_visits, unproductive_completed_visits=completed_visits)


def unexplained(w: World, *, no_sale_visits: int, unproductive_completed_visits: int) -> None:
    reasons = cycle(NoSaleReason)
    for number in range(unproductive_completed_visits):
        w.visit(number, reason=next(reasons) if number < no_sale_visits else None)
    w.visit(seconds=None, reason=NoSaleReason.CLOSED)


def explained(w: World, *, reason: NoSaleReason, **totals: int) -> None:
    others = cycle(other for other in NoSaleReason if other is not reason)
    for number in range(totals["no_sale_visits"]):
        is_it = number < totals[f"no_sale_{reason}"]
        w.visit(number, reason=reason if is_it else next(others))
    # Sold to after all, a reason explains nothing.
    w.deal(1_00, closed=w.day(), visit=w.visit(reason=reason))


REASONS: dict[frozenset[str], Callable[..., None]] = {
    frozenset({f"no_sale_{reason}", "no_sale_visits"}): partial(explained, reason=reason)
    for reason in NoSaleReason
}


def coverage(w: World, *, assigned_customers_visited: int, customers_assigned: int) -> None:
    for number in range(customers_assigned):
        customer = w.customer(assigned=True)
        if number < assigned_customers_visited:
            w.visit(customer=customer, verdict=Verdict.OUTSIDE)
    w.visit()


def verified(w: World, *, verified_customers_visited: int, customers_assigned: int) -> None:
    for number in range(customers_assigned):
        customer = w.customer(assigned=True)
        is_seen = number < verified_customers_visited
        w.visit(1, customer=customer, verdict=Verdict.INSIDE if is_seen else Verdict.OUTSIDE)
        w.visit(2, customer=customer, verdict=Verdict.UNCERTAIN)
    w.visit()


def frequency(w: World, *, due_visits_made: int, due_visits: int) -> None:
    weeks = 4
    customers = [w.customer(of=CustomerClass.A, assigned=True) for _ in range(due_visits // weeks)]
    often, rest = divmod(due_visits_made - len(customers), weeks - 1)
    assert not rest
    for place, customer in enumerate(customers):
        for week in range(weeks if place < often else 1):
            w.visit(7 * week, customer=customer)
    for number in range(7):
        # What is too much here hides nothing there.
        w.visit(number, customer=customers[0])


def customers_visited(w: World, *, customers_visited: int) -> None:
    for _ in range(customers_visited):
        customer = w.customer()
        w.visit(1, customer=customer)
        w.visit(2, customer=customer)


def days_worked(w: World, *, days_worked: int) -> None:
    for number in range(days_worked):
        day = w.day(number)
        if number % 3:
            w.rows.add(
                WorkDay, id=new_id(), rep_id=w.rep, day=day, started_at=moment(day, MORNING),
                ended_at=None,
            )  # fmt: skip
        if number % 3 != 1:
            w.visit(number)


def calls_per_day(w: World, *, calls: int, days_worked: int) -> None:
    for number in range(calls):
        w.visit(number % days_worked, MORNING + number * 60)


def by_ten(w: World, *, days_started_by_ten: int, days_worked: int) -> None:
    for number in range(days_worked):
        w.visit(number, 36_000 - (number < days_started_by_ten))
        w.visit(number)


def in_store(w: World, *, time_in_store_s: int, timed_visits: int = 1) -> None:
    for number, seconds in enumerate(parts(time_in_store_s, timed_visits)):
        w.visit(number, seconds=seconds)
    w.visit(auto_closed=True)
    w.visit(seconds=None)


def in_store_productive(
    w: World, *, productive_time_in_store_s: int, productive_timed_visits: int
) -> None:
    for number, seconds in enumerate(parts(productive_time_in_store_s, productive_timed_visits)):
        w.deal(closed=w.day(number), visit=w.visit(number, seconds=seconds))
    for visit in (w.visit(auto_closed=True), w.visit(seconds=None)):
        w.deal(closed=w.day(), visit=visit)
    w.visit(seconds=7_200)


def closed_automatically(w: World, *, auto_closed_visits: int, completed_visits: int) -> None:
    for number in range(completed_visits):
        w.visit(number, auto_closed=number < auto_closed_visits)


def work(w: World, *, work_s: int, timed_days: int) -> None:
    for number, seconds in enumerate(parts(work_s, timed_days)):
        w.visit(number, MORNING)
        w.visit(number, MORNING + seconds - 60, seconds=60)
    # A day without a check-out has no length.
    w.visit(timed_days, seconds=None)


def first_call(w: World, *, first_call_clock_s: int) -> None:
    w.visit(0, first_call_clock_s + 60)
    w.visit(1, first_call_clock_s)


def last_call(w: World, *, last_call_clock_s: int) -> None:
    w.visit(0, last_call_clock_s - 60, seconds=60)
    w.visit(1, last_call_clock_s - 60, seconds=None)
    w.visit(2, last_call_clock_s - 120, seconds=60)


FIELD: tuple[Callable[..., None], ...] = (calls, productive, drop_size, lines, strike, plan)
FIELD += (cancelled, to_plan, route, judged, undecided, unverified, advancing, cost)
FIELD += (without_sale, unexplained, coverage, verified, frequency, customers_visited, days_worked)
FIELD += (calls_per_day, by_ten, in_store, in_store_productive, closed_automatically, work)
FIELD += (first_call, last_call)
