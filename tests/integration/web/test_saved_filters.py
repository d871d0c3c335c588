"""Filters kept under a name: one's own, deleted and had back."""

import re

from flask.testing import FlaskClient

from tests.factories.company import Company, sign_in
from tests.support.forms import send, take_back


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1].replace("&amp;", "&")


def keep(client: FlaskClient, address: str, name: str) -> str:
    page = client.get(address).get_data(as_text=True)
    data = {field: hidden(page, field) for field in ("csrf_token", "page", "query")}
    answer = client.post("/saved-filters", data={**data, "name": name}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_filters_are_kept_offered_deleted_and_had_back(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    address = f"/visits?verdict=outside&rep={company.sari}&page=3"

    page = keep(client, address, "Sari <b>outside</b>")

    link = f'href="/visits?rep={company.sari}&amp;verdict=outside" aria-current="true"'
    assert link in page
    assert "Sari &lt;b&gt;outside&lt;/b&gt;" in page
    assert "Sari &lt;b" not in client.get("/deals?stage=open").get_data(as_text=True)
    delete = re.search(r'action="(/saved-filters/[^"]+/delete)"', page)
    assert delete
    gone = send(client, address, delete[1]).get_data(as_text=True)
    assert "is deleted" in gone

    back = take_back(client, gone)

    assert link in back.get_data(as_text=True)


def test_nobody_deletes_a_filter_of_others(client: FlaskClient, company: Company) -> None:
    del company
    sign_in(client, "budi")
    page = keep(client, "/visits?verdict=outside", "mine")
    delete = re.search(r'action="(/saved-filters/[^"]+/delete)"', page)
    assert delete
    sign_in(client, "admin")
    page = client.get("/visits?verdict=outside").get_data(as_text=True)
    assert "mine" not in page

    refused = client.post(delete[1], data={"csrf_token": hidden(page, "csrf_token")})

    assert refused.status_code == 404


def test_what_makes_no_name_is_told_and_leads_nowhere_else(
    client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "budi")

    assert "Give it a name" in keep(client, "/visits?verdict=outside", "  ")
    assert "Give it a name" in keep(client, "/visits?verdict=outside", "x" * 81)
    page = client.get("/visits?verdict=outside").get_data(as_text=True)
    data = {"csrf_token": hidden(page, "csrf_token"), "name": "x", "page": "//evil.example"}
    answer = client.post("/saved-filters", data=data)
    assert answer.headers["Location"] == "/"
