"""A custom field of customers that reps fill in and the office, too."""

from hypothesis.stateful import rule

from server.customers import operations as customers
from server.platform.events import record_changed
from server.platform.transaction import transaction
from shared.custom_fields import PREFIX
from shared.time import utc_now
from tests.faults.simulated.world import FIELD, PHONES, World


class OwnFields(World):
    """Whole numbers, no two alike."""

    @rule(who=PHONES)
    def fill_in_a_field(self, who: int, *, customer_id: str = "") -> None:
        """Of one of the rep's customers, or of this one."""
        phone, value = self.phones[who], self.next()
        found = [one.id for one in phone.customers.search("") if customer_id in ("", one.id)]
        if found:
            chosen = found[value % len(found)]
            phone.customers.set_field(chosen, FIELD, str(value))
            [shown] = phone.customers.get(chosen).own_values
            assert shown.value == value

    @rule()
    def let_the_office_fill_in_a_field(self) -> None:
        name = PREFIX + FIELD
        with self.app.app_context(), transaction():
            customer = customers.lock_customer(self.company.maju)
            with self.writing("customer", customer, name):
                customer.change({name: self.next()}, at=utc_now())
            record_changed("customer", customer.id)
