"""Lists of more rows than anybody counts: pages, orders and parts of names."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.customers.models import Customer
from server.customers.queries.customers import CustomerFilter, list_cities, list_customers
from server.deals.queries.deals import DealFilter, list_deals
from server.platform import paging
from server.platform.access import SYSTEM, Access
from server.platform.database import db
from server.platform.transaction import transaction
from server.visits.queries import VisitFilter, list_visits
from shared.time import utc_now
from shared.vocabulary import Role
from tests.factories.company import Company, add_customer, sign_in
from tests.factories.visits import record_visit, take_order

CITIES = ("Bogor", "Bekasi", "Medan", "Bogor", "Ambon", "Bekasi", "Bogor")


@pytest.fixture
def shops(app: Flask, company: Company) -> list[str]:
    """Return seven more customers of Joko's, in four cities."""
    with app.app_context(), transaction():
        ids = [
            add_customer(f"Warung {number}", owner_id=company.joko, team_id=company.east)
            for number in range(len(CITIES))
        ]
        for shop, city in zip(ids, CITIES, strict=True):
            db.session.get_one(Customer, shop).city = city
    return ids


@pytest.mark.usefixtures("shops")
def test_a_list_is_counted_so_far_and_paged_to_its_end(app: Flask) -> None:
    with app.app_context():
        pages = [
            list_customers(
                access=SYSTEM, where=CustomerFilter(), page=number, size=2, most_counted=4
            )
            for number in (1, 2, 3, 4, 5, 9)
        ]

    names = [[row.name for row in page.rows] for page in pages]
    assert names[:3] == [
        ["Kios Rina", "Toko Maju"],
        ["Warung 0", "Warung 1"],
        ["Warung 2", "Warung 3"],
    ]
    assert names[4] == names[5] == ["Warung 6"]
    assert [page.has_next for page in pages] == [True, True, True, True, False, False]
    assert (pages[0].total, pages[0].is_more) == (4, True)
    assert (pages[5].total, pages[5].is_more, pages[5].number) == (9, False, 5)


@pytest.mark.usefixtures("shops")
def test_the_page_says_that_there_are_more(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 5)
    sign_in(client, "admin")

    shown = client.get("/customers").get_data(as_text=True)

    assert "5+ customers" in shown
    assert "1–9 of 5+" in shown
    assert "Warung 6" in client.get("/customers?page=77").get_data(as_text=True)


@pytest.mark.parametrize("sort", ["city", "-city"])
def test_equal_values_turn_round_with_the_order(app: Flask, shops: list[str], sort: str) -> None:
    with app.app_context():
        found = list_customers(access=SYSTEM, where=CustomerFilter(city="Bogor"), sort=sort)

    in_bogor = sorted(shops[number] for number in (0, 3, 6))
    assert [row.id for row in found.rows] == in_bogor[:: -1 if sort == "-city" else 1]


@pytest.mark.usefixtures("shops")
def test_each_city_is_listed_once(app: Flask, company: Company) -> None:
    budi = Access(user_id=company.budi, role=Role.MANAGER, team_ids=frozenset({company.east}))
    dewi = Access(user_id=company.dewi, role=Role.MANAGER, team_ids=frozenset({company.west}))
    with app.app_context():
        found = [list_cities(access=access) for access in (SYSTEM, budi, dewi)]

    assert found == [["Ambon", "Bekasi", "Bogor", "Medan"]] * 2 + [[]]


@pytest.mark.parametrize("most_named", [2000, 1])
def test_visits_and_deals_are_found_by_their_customers(
    app: Flask,
    company: Company,
    shops: list[str],
    monkeypatch: pytest.MonkeyPatch,
    most_named: int,
) -> None:
    monkeypatch.setattr("server.customers.queries.customers._MOST_NAMED", most_named)
    with app.app_context(), transaction():
        visits = [
            record_visit(rep_id=company.joko, customer_id=shop, at=utc_now()) for shop in shops[:2]
        ]
        record_visit(rep_id=company.sari, customer_id=company.shop, at=utc_now())
        for shop, visit in zip(shops, visits, strict=False):
            take_order(
                rep_id=company.joko,
                customer_id=shop,
                product_id=company.tea,
                quantity=1,
                unit_price_minor=100,
                visit_id=visit,
                at=utc_now(),
            )

    budi = Access(user_id=company.budi, role=Role.MANAGER, team_ids=frozenset({company.east}))
    dewi = Access(user_id=company.dewi, role=Role.MANAGER, team_ids=frozenset({company.west}))
    named = DealFilter(search="waRUNg")
    with app.app_context():
        seen = list_visits(access=SYSTEM, where=VisitFilter(search="waRUNg"))
        sold = [list_deals(access=access, where=named) for access in (SYSTEM, budi)]
        none = [
            list_deals(access=access, where=DealFilter(search=part), most_counted=9)
            for access, part in ((SYSTEM, "maju"), (budi, "maju"), (dewi, "waRUNg"))
        ]
        first = [
            list_deals(access=access, where=named, size=1, most_counted=1)
            for access in (SYSTEM, budi)
        ]

    assert {row.id for row in seen.rows} == set(visits)
    for all_of_them, one in zip(sold, first, strict=True):
        assert {row.customer_id for row in all_of_them.rows} == set(shops[:2])
        assert (one.rows, one.is_more) == (all_of_them.rows[:1], True)
    assert [page.total for page in (*sold, *none)] == [2, 2, 0, 0, 0]
