"""What left a rep's scope while a change of it waits stays on the phone until it is answered."""

from typing import Any

import pytest

from mobile.sync.answers import OfflineError
from server.customers.models import Customer
from server.fields.operations import Draft, add_field
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from shared.time import utc_now
from shared.vocabulary import FieldKind
from tests.fakes.company import Company
from tests.fakes.handset import Handset


def test_a_customer_that_left_can_be_changed_once_more(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company.app.app_context(), transaction():
        draft = Draft(label="Size", by_reps=True)
        add_field(kind=FieldKind.WHOLE, draft=draft, at=utc_now(), by=company.manager)
    phone.synchronize()
    [size] = phone.customers.fields_to_fill()
    key, pull = size.field.key, phone.api.pull

    def lose_signal(*_: Any) -> Any:
        raise OfflineError("no signal")

    def change_and_pull(*given: Any) -> Any:
        """Change it after the push, so that the change waits while the customer leaves."""
        phone.customers.set_field(company.jaya, key, "2")
        monkeypatch.setattr(phone.api, "push", lose_signal)
        return pull(*given)

    with company.app.app_context(), transaction():
        jaya = db.session.get_one(Customer, company.jaya)
        jaya.change({"owner_id": company.budi}, at=utc_now())
        record_changed("customer", company.jaya)
    monkeypatch.setattr(phone.api, "pull", change_and_pull)
    with pytest.raises(OfflineError):
        phone.synchronize()
    monkeypatch.undo()
    assert [one.value for one in phone.customers.get(company.jaya).own_values] == [2]

    phone.customers.set_field(company.jaya, key, "3")

    shown = phone.customers.get(company.jaya)
    assert (shown.customer.name, [one.value for one in shown.own_values]) == ("Toko Jaya", [3])
    assert [one.id for one in phone.customers.search("jaya")] == [company.jaya]
    phone.synchronize()
    assert [record.reason for record in phone.sync.records() if record.reason] == [
        "not_allowed"
    ] * 2
    assert phone.customers.search("jaya") == ()
