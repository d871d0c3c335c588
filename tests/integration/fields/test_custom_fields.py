"""Custom fields of customers: defined by an administrator, filled in by the office, and undone."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.customers.models import Customer
from server.fields.models import FieldRow
from server.fields.operations import ChoiceDraft, Draft, add_field
from server.merges import operations as merges
from server.platform.access import Access
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from shared.custom_fields import MOST_FIELDS
from shared.time import utc_now
from shared.vocabulary import FieldKind, Role
from tests.factories.company import Company, add_customer, sign_in
from tests.support.forms import send, take_back

NEW = "/custom-fields/new"


def define(app: Flask, company: Company, kind: FieldKind, label: str, **more: object) -> str:
    """Define a field; return its id."""
    draft = Draft(label=label, **more)  # type: ignore[arg-type]
    with app.app_context(), transaction():
        return add_field(kind=kind, draft=draft, at=utc_now(), by=company.admin).id


def values(app: Flask, customer_id: str) -> dict[str, object]:
    with app.app_context():
        return dict(db.session.get_one(Customer, customer_id).custom_fields)


def in_use(client: FlaskClient) -> list[str]:
    rows = client.get("/api/v1/custom-fields").get_json()
    return [row["key"] for row in rows if not row["is_retired"]]


def test_an_administrator_defines_orders_and_archives_fields(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        index_everything()
    sign_in(client, "admin")
    for label, kind, more in (
        ("Kulkas", "yes_no", ""),
        ("Kulkas ", "text", ""),
        (" ", "text", ""),
        ("Termin", "choice", ""),
        ("Termin", "choice", "Cash\ncash"),
        ("Termin", "video", ""),
        ("Términ: bayar", "choice", "Cash | Tunai\n\n14 days | 14 hari"),
    ):
        expected = 200 if label in ("Kulkas", "Términ: bayar") else 422
        assert send(client, NEW, label=label, kind=kind, more=more).status_code == expected, label
    assert in_use(client) == ["kulkas", "termin_bayar"]

    with app.app_context():
        terms = db.session.scalars(select(FieldRow).where(FieldRow.key == "termin_bayar")).one()
        assert terms.choices == [
            ["cash", "Cash", "Tunai", False],
            ["14_days", "14 days", "14 hari", False],
        ]
        terms_id, page = terms.id, f"/custom-fields/{terms.id}"
    send(client, "/custom-fields", f"{page}/move", to="earlier")
    assert in_use(client) == ["termin_bayar", "kulkas"]

    typed = {"label": "Terms", "more": "30 days", "place-14_days": "1", "place-cash": "2"}
    told = send(client, page, **typed, **{"name-cash": "On the spot"})
    with app.app_context():
        terms = db.session.get_one(FieldRow, terms_id)
        assert (terms.key, terms.label) == ("termin_bayar", "Terms")
        assert [(key, name) for key, name, *_ in terms.choices] == [
            ("14_days", "14 days"),
            ("cash", "On the spot"),
            ("30_days", "30 days"),
        ]
    take_back(client, told.text)
    with app.app_context():
        terms = db.session.get_one(FieldRow, terms_id)
        assert (terms.label, terms.choices[-1]) == (
            "Términ: bayar",
            ["30_days", "30 days", "", True],
        )
    gone = send(client, "/custom-fields", f"{page}/archive")
    assert in_use(client) == ["kulkas"]
    take_back(client, gone.text)
    assert in_use(client) == ["termin_bayar", "kulkas"]
    with app.app_context():
        actions = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.startswith("field."))
        ).all()
        assert sorted(set(actions)) == [
            *("field.added", "field.archived", "field.changed", "field.moved", "field.restored")
        ]
        assert wrong_scopes() == []


def test_the_office_fills_them_in_and_values_of_one_archived_stay(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    ids = {
        "size": define(app, company, FieldKind.DECIMAL, "Size", label_id="Luas"),
        "since": define(app, company, FieldKind.DAY, "Since", is_required=True),
        "terms": define(
            app,
            company,
            FieldKind.CHOICE,
            "Terms",
            choices=(ChoiceDraft(name="Cash", name_id="Tunai"), ChoiceDraft(name="Later")),
        ),
    }
    with app.app_context(), transaction():
        shop = db.session.get_one(Customer, company.shop)
        shop.custom_fields = {"Old code": "77/A"}
    sign_in(client, "budi")
    edit, page = f"/customers/{company.shop}/edit", f"/customers/{company.shop}"
    wrong = send(client, edit, **{"custom.size": "big", "custom.terms": "cash"})
    assert wrong.status_code == 422
    assert 'value="big"' in wrong.text
    assert re.findall(r'id="error-(custom\.\w+)"', wrong.text) == ["custom.size", "custom.since"]
    saved = send(
        client,
        edit,
        **{"custom.size": "1250,5", "custom.since": "2026-03-01", "custom.terms": "cash"},
    )
    assert saved.status_code == 200
    expected = {"Old code": "77/A", "size": 1250.5, "since": "2026-03-01", "terms": "cash"}
    assert values(app, company.shop) == expected
    for language, size, terms, typed in (
        ("en", "Size</dt><dd>1,250.5", "Cash", "1250.5"),
        ("id", "Luas</dt><dd>1.250,5", "Tunai", "1250,5"),
    ):
        form = client.get(edit, headers={"Accept-Language": language}).text
        assert f'name="custom.size" value="{typed}"' in form
        shown = client.get(page, headers={"Accept-Language": language}).text
        for words in (size, f"Terms</dt><dd>{terms}", "Old code</dt><dd>77/A"):
            assert f"<dt>{words}</dd>" in shown
        assert "Since</span>: – → " in shown

    sign_in(client, "admin")
    send(client, "/custom-fields", f"/custom-fields/{ids['size']}/archive")
    sign_in(client, "budi")
    assert "custom.size" not in client.get(edit).text
    told = send(client, edit, **{"custom.terms": "later"})
    assert values(app, company.shop) == expected | {"terms": "later"}
    assert "<dd>1.250,5</dd>" in client.get(page, headers={"Accept-Language": "id"}).text
    take_back(client, told.text)
    assert values(app, company.shop) == expected
    with app.app_context():
        shop = db.session.get_one(Customer, company.shop)
        assert shop.field_version("custom.terms") == shop.version
        assert shop.field_version("custom.size") < shop.field_version("custom.terms")


def test_customers_that_are_merged_share_their_fields_until_that_is_undone(
    app: Flask, company: Company
) -> None:
    at = utc_now()
    with app.app_context():
        with transaction():
            twin = add_customer("Twin", owner_id=company.sari, team_id=company.east)
            for customer_id, own in ((company.shop, {"a": 1}), (twin, {"a": 2, "b": True})):
                db.session.get_one(Customer, customer_id).custom_fields = own
        access = Access(user_id=company.admin, role=Role.ADMIN)
        with transaction():
            first, second = (db.session.get_one(Customer, each) for each in (company.shop, twin))
            made = merges.merge(
                access=access,
                survivor_id=company.shop,
                loser_id=twin,
                take=set(),
                seen=(str(first.version), str(second.version)),
                at=at,
                day=at.date(),
            ).id
    assert values(app, company.shop) == {"a": 1, "b": True}
    with app.app_context(), transaction():
        merges.undo(access=access, merge_id=made, at=at, day=at.date())
    assert values(app, company.shop) == {"a": 1}


def test_there_are_thirty_at_most_and_keys_are_never_used_twice(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    first = define(app, company, FieldKind.TEXT, "Field")
    for number in range(2, MOST_FIELDS + 1):
        define(app, company, FieldKind.TEXT, f"Field {number}")
    sign_in(client, "admin")
    assert send(client, NEW, label="One more", kind="text").status_code == 422
    gone = send(client, "/custom-fields", f"/custom-fields/{first}/archive")
    assert send(client, NEW, label="Field.", kind="text").status_code == 200
    assert in_use(client)[-1] == "field_31"
    assert "30" in take_back(client, gone.text).text
    assert "field" not in in_use(client)


@pytest.mark.parametrize("name", ["sari", "budi", ""])
def test_only_an_administrator_defines_and_everybody_reads(
    client: FlaskClient, company: Company, name: str
) -> None:
    del company
    if name:
        sign_in(client, name)
    for page in ("/custom-fields", NEW):
        assert client.get(page).status_code == (403 if name else 302)
    assert client.get("/api/v1/custom-fields").status_code == (200 if name else 401)


def test_the_list_is_narrowed_by_them_and_shows_them_as_columns(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    define(app, company, FieldKind.YES_NO, "Ice")
    define(app, company, FieldKind.DECIMAL, "Size")
    define(app, company, FieldKind.DAY, "Opened")
    define(app, company, FieldKind.TEXT, "Note (it's)")
    define(app, company, FieldKind.CHOICE, "Terms", choices=(ChoiceDraft(name="Cash"),))
    with app.app_context(), transaction():
        given: dict[str, dict[str, object]] = {
            "Alpha": {"ice": True, "size": 1200, "note_it_s": "50% off", "terms": "cash"},
            "Beta": {"ice": False, "note_it_s": "500 off", "terms": "cash"},
            "Gamma": {"size": "about 900", "opened": "in 2019"},  # as an import kept them
            "Delta": {"size": 9.5, "opened": "2024-02-29"},
        }
        for name, own in given.items():
            added = add_customer(name, owner_id=company.sari, team_id=company.east)
            db.session.get_one(Customer, added).custom_fields = own
    sign_in(client, "sari")

    def names(query: str) -> set[str]:
        text = client.get(f"/customers.csv?{query}").text
        return {name for name in ("Alpha", "Beta", "Gamma", "Delta", "Toko Maju") if name in text}

    assert names("custom.ice=yes") == {"Alpha"}
    assert names("custom.ice=no") == {"Beta"}
    assert names("custom.ice=none") == {"Gamma", "Delta", "Toko Maju"}
    assert names("custom.terms=cash&custom.note_it_s=50%25") == {"Alpha"}
    assert names("custom.note_it_s=OFF") == {"Alpha", "Beta"}
    assert names("custom.note_it_s=%3D500 off") == {"Beta"}
    assert names("custom.note_it_s=%3D500") == set()
    assert names("custom.terms=credit&custom.ice=maybe&custom.none=1") == names("")
    assert names("from.size=9.5") == {"Alpha", "Delta"}
    assert names("to.size=1.199,5") == names("from.size=12&to.size=9") == set()
    assert names("from.size=10&to.size=1200") == {"Alpha"}
    assert names("to.opened=2024-02-29") == names("from.opened=2024-02-29") == {"Delta"}
    assert names("to.opened=2024-02-28") == names("from.opened=2024-02-30") == set()
    english = {"Accept-Language": "en"}
    ranged = client.get("/api/v1/customers?from.size=1000&to.opened=", headers=english).get_json()
    assert [row["name"] for row in ranged["rows"]] == ["Alpha"]
    refused = client.get("/api/v1/customers?from.size=much", headers=english)
    assert (refused.status_code, refused.get_json()["errors"]) == (
        422,
        {"custom.size": ["This is not a number."]},
    )
    page = client.get("/customers?from.size=12&to.size=9", headers=english).text
    assert page.count('aria-describedby="problem-size"') == 2
    assert 'id="problem-size">It ends before it begins.' in page
    page = client.get(
        "/customers?custom.ice=yes&show.size=yes&show.terms=yes", headers=english
    ).text
    assert '<td class="right" data-label="Size">1,200</td>' in page
    assert '<td class="wrap" data-label="Terms">Cash</td>' in page
    assert "custom.ice=yes" in page.partition('aria-sort="ascending"')[2].partition("</a>")[0]
