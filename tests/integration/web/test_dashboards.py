"""Dashboards of one's own: numbers chosen, ordered and sized, shared with a team."""

import re

from flask.testing import FlaskClient

from tests.factories.company import Company, sign_in


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def get(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client: FlaskClient, form: str, address: str, **fields: object) -> tuple[int, str, str]:
    data = {"csrf_token": hidden(form, "csrf_token"), **fields}
    answer = client.post(address, data=data, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True), answer.request.full_path


def tiles(page: str) -> list[str]:
    return re.findall(r'id="tile-([a-z_]+)"', page)


MINE = {
    "name": "Morning",
    "tile": ["revenue", "calls", "strike_rate", "no_such_metric"],
    "place-calls": "1",
    "place-revenue": "2",
    "place-strike_rate": "x",
    "size-revenue": "4",
    "size-calls": "77",
}


def test_a_dashboard_shows_its_numbers_in_order_and_size(
    client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "budi")
    usual = tiles(get(client, "/"))

    status, page, address = send(client, get(client, "/dashboards/new"), "/dashboards/new", **MINE)

    assert status == 200
    assert tiles(page) == ["calls", "revenue", "strike_rate"]
    assert 'class="card tile wide-4" id="tile-revenue"' in page
    assert tiles(get(client, "/")) == usual
    edit = re.search(r'href="(/dashboards/[0-9a-f-]{36})"', page)
    assert edit
    form = get(client, edit[1])
    base = {"base": hidden(form, "base")}
    changed = {"name": "Evening", "tile": ["won_deals"]}
    assert tiles(send(client, form, edit[1], **base, **changed)[1]) == ["won_deals"]
    status, said, _ = send(client, form, edit[1], **base, **changed)
    assert status == 409
    assert "Somebody changed this in the meantime" in said

    assert "in the meantime" in send(client, form, f"{edit[1]}/delete", **base)[1]
    base = {"base": hidden(get(client, edit[1]), "base")}
    _, gone, _ = send(client, form, f"{edit[1]}/delete", **base)
    assert "Evening is deleted" in gone
    assert client.get(address).status_code == 404
    undo = {name: hidden(gone, name) for name in ("name", "team", "tiles", "former")}
    assert tiles(send(client, gone, "/dashboards/new", **undo)[1]) == ["won_deals"]
    assert tiles(get(client, address)) == ["won_deals"]


def test_a_shared_dashboard_is_seen_by_the_team_and_changed_by_its_owner(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    form = get(client, "/dashboards/new")
    _, page, address = send(client, form, "/dashboards/new", team=company.east, **MINE)
    dashboard = address.partition("dashboard=")[2]

    sign_in(client, "sari")
    assert "Morning" in get(client, "/")
    assert tiles(get(client, f"/?dashboard={dashboard}")) == tiles(page)
    form = get(client, f"/dashboards/{dashboard}")
    assert send(client, form, f"/dashboards/{dashboard}", base="1", **MINE)[0] == 404
    assert send(client, form, f"/dashboards/{dashboard}/delete")[0] == 404
    sign_in(client, "dewi")
    assert "Morning" not in get(client, "/")
    assert client.get(f"/?dashboard={dashboard}").status_code == 404


def test_what_makes_no_dashboard_is_said_and_kept_in_the_form(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    form = get(client, "/dashboards/new")

    status, said, _ = send(client, form, "/dashboards/new", name="Empty")
    assert (status, "Choose at least one number." in said) == (422, True)
    status, said, _ = send(client, form, "/dashboards/new", **{**MINE, "name": " "})
    assert (status, 'value="calls" checked' in said) == (422, True)
    assert send(client, form, "/dashboards/new", team=company.west, **MINE)[0] == 403
