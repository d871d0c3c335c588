"""Custom fields on phones: they come down, reps fill in what is theirs, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from mobile.device.simulated_gps import FixedGps
from mobile.screens.prospect.view_model import ProspectViewModel
from mobile.services.settings import SettingsService
from server.customers.models import Customer
from server.customers.operations import edit_customer
from server.fields.operations import ChoiceDraft, Draft, add_field, archive_field
from server.identity import operations as identity
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from shared.geo import Position
from shared.schemas.limits import InvalidRecordError
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import FieldKind
from tests.factories.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network


@pytest.fixture
def ids(app: Flask, company: Company) -> dict[str, str]:
    """Define fields: size and terms for reps too, rating for the office alone."""
    drafts = {
        "size": (FieldKind.WHOLE, Draft(label="Size", label_id="Luas", by_reps=True)),
        "terms": (
            FieldKind.CHOICE,
            Draft(label="Terms", by_reps=True, choices=[ChoiceDraft(name="Cash", name_id="Tunai")]),
        ),
        "rating": (FieldKind.TEXT, Draft(label="Rating")),
    }
    with app.app_context(), transaction():
        at, by = utc_now(), company.admin
        return {
            key: add_field(kind=kind, draft=draft, at=at, by=by).id
            for key, (kind, draft) in drafts.items()
        }


@pytest.fixture
def phone(app: Flask, company: Company, ids: dict[str, str], tmp_path: Path) -> Iterator[Handset]:
    """Give Sari's phone, with her customers and the fields on it."""
    del ids
    with app.app_context():
        with transaction():
            code = identity.create_enrolment_code(user_id=company.sari, at=utc_now(), by=None)
        office(app, company, rating="good")
        with transaction():
            index_everything()
    handset = Handset(tmp_path / "phone.db", Network(app))
    handset.enrol(code)
    handset.synchronize()
    yield handset
    handset.switch_off()


def office(app: Flask, company: Company, **values: object) -> None:
    with app.app_context(), transaction():
        shop = db.session.get_one(Customer, company.shop)
        fields = {f"custom.{key}": value for key, value in values.items()}
        edit_customer(
            customer_id=shop.id, fields=fields, base=shop.version, at=utc_now(), by=company.admin
        )


def kept(app: Flask, company: Company) -> dict[str, object]:
    with app.app_context():
        return dict(db.session.get_one(Customer, company.shop).custom_fields)


def shown(phone: Handset, company: Company) -> dict[str, object]:
    own = phone.customers.get(company.shop).own_values
    return {one.field.label_in("id"): one.value for one in own}


def test_a_rep_fills_in_what_is_the_reps_and_the_office_another_field(
    app: Flask, company: Company, phone: Handset, ids: dict[str, str]
) -> None:
    assert shown(phone, company) == {"Luas": None, "Terms": None, "Rating": "good"}
    for key, text in (("rating", "bad"), ("size", "1,5"), ("none", "x"), ("terms", "credit")):
        with pytest.raises(InvalidRecordError):
            phone.customers.set_field(company.shop, key, text)
    phone.customers.set_field(company.shop, "size", "40")
    phone.customers.set_field(company.shop, "terms", "cash")
    phone.customers.set_field(company.shop, "terms", "")
    # While the phone is away the office writes another field, and archives one.
    office(app, company, rating="better")
    with app.app_context(), transaction():
        archive_field(field_id=ids["terms"], archived=True, base=1, at=utc_now(), by=company.admin)
    report = phone.synchronize()

    assert (report.problem, report.needs_you) == ("", 0)
    assert kept(app, company) == {"rating": "better", "size": 40}
    assert shown(phone, company) == {"Luas": 40, "Rating": "better"}
    with app.app_context():
        assert wrong_scopes() == []


def test_the_same_field_on_both_sides_asks_the_rep_and_keeps_both_values(
    app: Flask, company: Company, phone: Handset
) -> None:
    phone.customers.set_field(company.shop, "size", "40")
    office(app, company, size=50)
    assert phone.synchronize().needs_you == 1
    assert kept(app, company)["size"] == 50
    [conflict] = [one for one in phone.sync.records() if one.mine is not None]
    assert (conflict.mine, (conflict.theirs or {})["custom.size"]) == ({"custom.size": 40}, 50)
    phone.sync.keep_mine(conflict.id)
    phone.synchronize()

    assert kept(app, company)["size"] == 40
    assert shown(phone, company)["Luas"] == 40


def test_a_prospect_brings_them_along_and_each_wrong_one_is_refused_by_name(
    app: Flask, phone: Handset
) -> None:
    wrong = {
        "custom.rating": ("good", "not_yours"),
        "custom.none": (1, "unknown_field"),
        "custom.size": (1.5, "not_whole"),
        "custom.terms": ("credit", "unknown_value"),
    }
    for name, (value, _reason) in wrong.items():
        with phone.recorder.action() as action:
            action.create("customer", new_id(), {"name": f"Wrong {name}", name: value})
    with phone.recorder.action() as action:
        action.create("customer", new_id(), {"name": "Right", "custom.terms": "cash"})
    phone.synchronize()

    refused = {one.field: one.reason for one in phone.sync.records() if one.reason}
    assert refused == {name: reason for name, (_value, reason) in wrong.items()}
    with app.app_context():
        names = select(Customer.name).where(Customer.is_prospect)
        assert db.session.scalars(names).all() == ["Right"]
        row = db.session.scalars(select(Customer).where(Customer.is_prospect)).one()
        assert row.custom_fields == {"terms": "cash"}


def test_the_form_of_a_prospect_asks_for_them_and_keeps_what_was_chosen_until_it_is_saved(
    app: Flask, company: Company, phone: Handset
) -> None:
    with app.app_context(), transaction():
        required = Draft(label="Chain", is_required=True, by_reps=True)
        add_field(kind=FieldKind.YES_NO, draft=required, at=utc_now(), by=company.admin)
    phone.synchronize()

    def form() -> ProspectViewModel:
        opened = ProspectViewModel(
            customers=phone.customers,
            gps=FixedGps(Position(-6.2, 106.8), now=phone.clock.now),
            clock=phone.clock,
            drafts=SettingsService(database=phone.database),
        )
        opened.begin()
        return opened

    first = form()
    rows = {row.title: row for row in first.state.own}
    assert rows.keys() == {"Size", "Terms", "Chain"}  # the office's own is not asked for
    assert not first.state.can_discard
    first.type(name="Warung Segar")
    assert first.entry(rows["Terms"].key).choices[0][2] == "Cash"
    assert first.fill_in(rows["Size"].key, "much") == "This is not a number."
    assert first.fill_in(rows["Size"].key, "40") == ""
    assert first.fill_in(rows["Terms"].key, "cash") == ""
    first.save()
    assert first.state.problem("own") == "The company needs this. Fill it in."
    again = form()  # as after a kill
    assert again.state.can_discard
    assert [row.detail for row in again.state.own] == ["40", "Cash", "Not filled in yet"]
    again.fill_in(rows["Chain"].key, "no")
    again.fill_in(rows["Terms"].key, "clear")
    again.type(name="Warung Segar")
    again.save()
    assert again.state.saved_id
    assert not form().state.can_discard
    settings = SettingsService(database=phone.database)
    settings.set("prospect_draft", '{"own": {"size": "much", "gone": "x", "terms": "cash"}}')
    assert [row.detail for row in form().state.own][:2] == ["Not filled in yet", "Cash"]

    assert phone.synchronize().needs_you == 0
    with app.app_context():
        row = db.session.get_one(Customer, again.state.saved_id)
        assert (row.name, row.custom_fields) == ("Warung Segar", {"size": 40, "chain": False})
