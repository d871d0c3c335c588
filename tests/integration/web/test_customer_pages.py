"""Customers on the site: found, shown from all sides, edited with history, drawn on a map."""

import csv
import datetime as dt
import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.customers.models import Customer
from server.metrics.jobs import refresh_rollups
from server.platform.database import db
from server.platform.transaction import transaction
from shared.time import utc_now
from tests.factories.company import Company, add_customer, sign_in
from tests.factories.visits import record_visit, take_order

FIELDS = {"customer_class": "B", "sector": "", "contact_name": "", "email": "", "address": ""}
WHOLE_MAP = "/customers/map/points?box=-11,95,6,141&zoom=5"
MARCH = "period=custom&from=2026-03-01&to=2026-03-31"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return found[1]


def save(client: FlaskClient, customer: str, form: str, **fields: str) -> tuple[int, str]:
    data = {
        "csrf_token": hidden(form, "csrf_token"),
        "base": hidden(form, "base"),
        **FIELDS,
        **fields,
    }
    answer = client.post(f"/customers/{customer}/edit", data=data, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def test_customers_are_found_sorted_and_narrowed(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        for number in range(60):
            add_customer(f"Warung {number:02}", owner_id=company.joko, team_id=company.east)
    sign_in(client, "admin")

    assert "62 customers" in page(client, "/customers")
    assert "Warung 59" in page(client, "/customers?page=2")
    assert "Warung 07" in page(client, "/customers?q=warung+07")
    assert "Toko Maju" not in page(client, "/customers?q=warung+07")
    assert page(client, "/customers?sort=-name").index("Warung 59") > 0
    assert "1 customer<" in page(client, f"/customers?rep={company.sari}")
    assert "No customer matches" in page(client, "/customers?state=no_point")
    assert page(client, "/customers?class=Z&rep=x&city=%00&state=odd&sort=%27&page=x")
    assert len(page(client, "/customers.csv?q=warung").splitlines()) == 61


def test_a_note_of_two_lines_saved_unchanged_stays_as_it_is(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    edit, notes = f"/customers/{company.shop}/edit", "Ring twice\n" + "x" * 3_989

    for _ in range(2):
        as_browsers_send_it = notes.replace("\n", "\r\n")
        form = page(client, edit)
        save(client, company.shop, form, name="Toko Maju", notes=as_browsers_send_it)

    with app.app_context():
        shop = db.session.get_one(Customer, company.shop)
        assert (shop.notes, shop.version) == (notes, 2)


def test_customers_are_sorted_and_narrowed_by_their_last_visit_and_worth(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    now, week = utc_now(), dt.timedelta(days=7)
    with app.app_context():
        with transaction():
            kiosk, _ = (
                add_customer(name, owner_id=company.joko, team_id=company.east)
                for name in ("Kios Lama", "Warung Baru")
            )
            old = record_visit(rep_id=company.joko, customer_id=kiosk, at=now - 8 * week)
            take_order(
                rep_id=company.joko,
                customer_id=kiosk,
                product_id=company.tea,
                quantity=25,
                unit_price_minor=5_000_00,
                visit_id=old,
            )
            record_visit(rep_id=company.sari, customer_id=company.shop, at=now - week)
        refresh_rollups()
    sign_in(client, "admin")

    def names(query: str) -> list[str]:
        rows = csv.reader(io.StringIO(page(client, f"/customers.csv?{query}").lstrip("\ufeff")))
        return [row[1] for row in list(rows)[1:]]

    assert names("sort=last_visit")[:2] == ["Kios Lama", "Toko Maju"]
    assert names("sort=-last_visit")[:2] == ["Toko Maju", "Kios Lama"]
    assert names("sort=-won")[0] == "Kios Lama"
    assert set(names("visited=30")) >= {"Kios Lama", "Warung Baru"}
    assert "Toko Maju" not in names("visited=30")
    assert "Warung Baru" in names("visited=never")
    assert not {"Kios Lama", "Toko Maju"} & set(names("visited=never"))
    assert "Kios Lama" in page(client, "/customers?sort=last_visit&visited=14")
    assert ",125000.00" in page(client, "/customers.csv?q=Kios")
    drawn = [
        sum(each["customers"] for each in client.get(f"{WHOLE_MAP}{more}").get_json()["points"])
        for more in ("", "&visited=30")
    ]
    assert drawn[0] - drawn[1] == 1


@pytest.mark.parametrize(
    ("name", "status"), [("admin", 200), ("budi", 200), ("sari", 200), ("dewi", 404)]
)
def test_a_customer_is_shown_to_those_who_see_it(
    client: FlaskClient, company: Company, name: str, status: int
) -> None:
    assert client.get(f"/customers/{company.shop}").status_code == 302
    sign_in(client, name)

    assert client.get(f"/customers/{company.shop}").status_code == status
    edit = client.get(f"/customers/{company.shop}/edit").status_code
    assert edit == (403 if name == "sari" else status)


def test_the_page_of_a_customer_tells_its_story_and_worth(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            visit = record_visit(rep_id=company.sari, customer_id=company.shop)
            take_order(
                rep_id=company.sari,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=25,
                unit_price_minor=5_000_00,
                visit_id=visit,
            )
        refresh_rollups()
    sign_in(client, "budi")

    shown = page(client, f"/customers/{company.shop}")

    assert f'href="/visits/{visit}"' in shown
    assert "Rp\xa0125,000" in shown
    assert "1 order or deal won since 2 Mar 2026" in shown
    listed = page(client, "/customers")
    assert "2 Mar 2026" in listed
    # From here to all of them; and how to get there stands before what happened.
    lists = re.findall(r'<a href="([^"]+)">All (?:visits|deals)<', shown)
    assert len(lists) == 2
    assert all("Toko Maju" in page(client, html.unescape(address)) for address in lists)
    places = [shown.index(part) for part in ("data-map", 'id="tasks"', "What happened")]
    assert places == sorted(places)


def test_an_edit_keeps_both_values_and_a_stale_one_is_told(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    form = page(client, f"/customers/{company.shop}/edit")
    status, said = save(client, company.shop, form, name="Toko <i>Jaya</i>", radius_m="150")
    assert status == 200
    assert "Toko &lt;i&gt;Jaya&lt;/i&gt;" in said
    assert "Toko Maju" in said  # the value before, in the history

    status, said = save(client, company.shop, form, name="Toko Lama", phone="0812")

    assert status == 409
    assert "Somebody changed this in the meantime" in said
    assert 'value="Toko Lama"' in said
    with app.app_context():
        customer = db.session.get_one(Customer, company.shop)
        assert (customer.name, customer.radius_m) == ("Toko <i>Jaya</i>", 150)


def test_what_is_wrong_in_the_form_is_said_beside_the_field(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    form = page(client, f"/customers/{company.shop}/edit")

    for fields in (
        {"name": ""},
        {"name": "x" * 201},
        {"name": "x", "radius_m": "-1"},
        {"name": "x", "radius_m": "99999"},
        {"name": "x", "radius_m": "٣"},
        {"name": "x", "customer_class": "D"},
    ):
        status, said = save(client, company.shop, form, **fields)
        assert status == 422, fields
        assert 'class="small bad"' in said


def test_the_map_puts_customers_together_and_says_who_was_visited(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            for number in range(8):
                add_customer(
                    f"Dekat {number}",
                    owner_id=company.sari,
                    team_id=company.east,
                    latitude=-6.2 - number / 100_000,
                    longitude=106.8,
                )
            record_visit(rep_id=company.sari, customer_id=company.shop)
        refresh_rollups()
    sign_in(client, "budi")

    far = client.get(f"/customers/map/points?{MARCH}&box=-11,95,6,141&zoom=5").get_json()
    near = client.get(f"/customers/map/points?{MARCH}&box=-6.3,106.7,-6.1,106.9&zoom=18").get_json()

    assert [(p["customers"], p["visited"]) for p in far["points"]] == [(9, 1)]
    assert sum(p["customers"] for p in near["points"]) == 9
    alone = [p for p in near["points"] if p["visited"]]
    assert [p["url"] for p in alone] == [f"/customers/{company.shop}"]
    assert "1 of 9 customers" in page(client, f"/customers/map?{MARCH}")
    odd = client.get("/customers/map/points?box=nan,1,2,x&zoom=-4&period=soon")
    assert odd.status_code == 200
