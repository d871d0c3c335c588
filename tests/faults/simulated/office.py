"""What the office does while phones are away."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select, update

from server.customers import operations as customers
from server.customers.models import Customer
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.products.models import Product
from server.tasks import operations as tasks
from server.tasks.models import Task
from server.visits.models import Visit
from shared.time import utc_now
from shared.vocabulary import TaskState
from tests.faults.simulated.world import World, further


class Office(World):
    """Customers move, are deleted and come back; prices, notes and tasks change."""

    @rule(to=st.integers(0, 1))
    def move_a_customer(self, to: int) -> None:
        with self.app.app_context(), transaction():
            customer = customers.get_customer_of_visit(self.company.jaya)
            owner = (self.company.sari, self.company.budi)[to]
            customer.change({"owner_id": owner}, at=utc_now())
            record_changed("customer", customer.id)

    @rule()
    def change_a_price(self) -> None:
        with self.app.app_context(), transaction():
            product = db.session.get_one(Product, self.company.soap)
            product.change({"price_minor": self.next()}, at=utc_now())
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
                text = f"{visit.notes}<office {self.next()}>"
                with self.writing("visit", visit, "notes"):
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

    @rule()
    def rename_a_customer(self) -> None:
        with self.app.app_context(), transaction():
            customer = customers.get_customer_of_visit(self.company.maju)
            customer.change({"name": f"Toko {self.next()}"}, at=utc_now())
            record_changed("customer", customer.id)

    @rule()
    def delete_a_customer_or_bring_it_back(self) -> None:
        with self.app.app_context(), transaction():
            customer = customers.get_customer_of_visit(self.company.jaya)
            customer.deleted_at = None if customer.deleted_at else utc_now()
            customer.version += 1
            record_changed("customer", customer.id)

    @rule()
    def alter_rows_behind_the_feed(self) -> None:
        """Let somebody write into the tables by hand: no version and no feed tells of it."""
        with self.app.app_context(), transaction():
            for model, row_id in ((Product, self.company.soap), (Customer, self.company.maju)):
                name = f"By hand {self.next()}"
                db.session.execute(update(model).where(model.id == row_id).values(name=name))
        self.damaged = set(range(len(self.phones)))
        self.may_begin_anew = set(self.damaged)

    @rule(state=st.sampled_from(TaskState))
    def bring_a_task_further(self, state: TaskState) -> None:
        with self.app.app_context(), transaction():
            task = db.session.scalars(
                select(Task).where(Task.rep_id.in_(self.owners)).order_by(Task.id.desc()).limit(1)
            ).one_or_none()
            if task is not None and further(state) > further(TaskState(task.state)):
                with self.writing("task", task, "state"):
                    tasks.change_task(task_id=task.id, fields={"state": state}, at=utc_now())
