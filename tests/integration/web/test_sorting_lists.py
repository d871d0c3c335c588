"""Lists are sorted by their headings, and by nothing else."""

import re
from collections.abc import Collection

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.alerts.queries import SORTABLE as ALERTS
from server.costs.queries import SORTABLE as COSTS
from server.customers.operations import propose_location
from server.customers.queries.proposals import SORTABLE as PROPOSALS
from server.expenses.queries import SORTABLE as EXPENSES
from server.fences.queries import SORTABLE as CODES
from server.identity.queries import SORTABLE as PHONES
from server.merges.queries import SORTABLE as MERGES
from server.metrics.jobs import refresh_rollups
from server.platform.transaction import transaction
from server.products.queries import SORTABLE as PRODUCTS
from server.signals.queries import SORTABLE as SIGNALS
from server.tasks.queries import SORTABLE as TASKS
from server.teams.queries import SORTABLE as PEOPLE
from shared.sync.ids import new_id
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, record_visit
from tests.integration.tasks.test_tasks import add

LISTS: dict[str, Collection[str]] = {
    "/alerts": ALERTS,
    "/costs": COSTS,
    "/customers/merges": MERGES,
    "/customers/proposals": PROPOSALS,
    "/devices": PHONES,
    "/expenses": EXPENSES,
    "/fences/codes": CODES,
    "/products": PRODUCTS,
    "/signals": SIGNALS,
    "/tasks": TASKS,
    "/users": PEOPLE,
}


def shown(client: FlaskClient, address: str, names: Collection[str]) -> list[str]:
    """Return which of the names a list shows, in its order."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    body = answer.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [name for row in body.split("</tr>") for name in names if f">{name}<" in row]


def test_each_list_is_sorted_by_its_headings_with_the_unknown_last(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        for title, due in (("First", 3), ("Second", None), ("Third", -3)):
            add(company, title, due=due)
        for customer in (company.shop, company.kiosk):
            propose_location(
                proposal_id=new_id(),
                customer_id=customer,
                rep_id=company.sari,
                latitude=-6.2,
                longitude=106.8,
                accuracy_m=9.0,
                at=MONDAY_9,
            )
    sign_in(client, "admin")

    for path, keys in LISTS.items():
        for key in keys:
            assert client.get(f"{path}?sort=-{key}").status_code == 200, (path, key)

    tasks = ("First", "Second", "Third")
    assert shown(client, "/tasks?sort=due_on", tasks) == ["Third", "First", "Second"]
    assert shown(client, "/tasks?sort=-due_on", tasks) == ["First", "Third", "Second"]
    assert shown(client, "/tasks?sort=-title", tasks) == ["Third", "Second", "First"]
    assert shown(client, "/tasks?sort=note", tasks) == ["Third", "First", "Second"]
    products = client.get("/products?sort=-price_minor&state=all").text
    assert 'aria-sort="descending"' in products
    assert products.index(">Rice<") < products.index(">Tea<")
    proposals = client.get("/customers/proposals?sort=-customer_name").text
    assert proposals.index(">Toko Maju<") < proposals.index(">Kios Rina<")
    people = ("Admin", "Budi", "Sari")
    assert shown(client, "/users?sort=-name", people) == ["Sari", "Budi", "Admin"]


@pytest.mark.parametrize(
    ("who", "query", "reps"),
    [("budi", "", ["Sari"]), ("dewi", "", ["Rina"]), ("admin", "", ["Rina", "Sari"])],
)
def test_a_day_is_shown_from_first_to_last_call(
    app: Flask, client: FlaskClient, company: Company, who: str, query: str, reps: list[str]
) -> None:
    with app.app_context():
        with transaction():
            record_visit(rep_id=company.sari, customer_id=company.shop, at=MONDAY_9)
            early = MONDAY_9.replace(hour=1, minute=30)
            record_visit(rep_id=company.rina, customer_id=company.kiosk, at=early)
        refresh_rollups()
    sign_in(client, who)

    page = client.get(f"/activity?period=custom&from=2026-03-01&to=2026-03-02{query}").text

    card = page.partition("From first to last call on 2 Mar 2026")[2].partition("</section>")[0]
    assert re.findall(r'href="/tracks/[^"]+/2026-03-02">(\w+)<', card) == reps
    assert ("09:00" in card) == ("Sari" in reps)
    assert ("08:30" in card) == ("Rina" in reps)
