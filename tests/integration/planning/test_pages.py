"""The page of plans without JavaScript: what it shows, and what its forms do."""

import re

import pytest
from flask.testing import FlaskClient

from tests.factories.company import Company, sign_in
from tests.integration.planning.conftest import Planner


def show(planner: Planner, **query: object) -> str:
    answer = planner.client.get(
        "/plans",
        query_string={"rep": planner.company.sari, "week": planner.days[0], **query},
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(planner: Planner, page: str, **fields: object) -> tuple[int, str]:
    """Send a form as the page offered it: with its token and the version it shows."""
    answer = planner.client.post(
        f"/plans/{planner.company.sari}/{planner.days[0]}",
        data={"csrf_token": hidden(page, "csrf_token"), "base": hidden(page, "base"), **fields},
        follow_redirects=True,
    )
    return answer.status_code, answer.get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_a_proposal_is_shown_and_then_published_as_it_was_shown(planner: Planner) -> None:
    page = show(planner, propose=1)
    wanted = {day: re.findall(rf'name="{day}" value="([^"]*)"', page) for day in planner.days}
    assert all(wanted[day] for day in planner.days[:6])
    assert planner.get()["days"][0]["stops"] == []

    status, page = send(planner, page, action="publish", **wanted)

    assert status == 200
    assert "Published. The phone shows it after its next sync." in page
    week = planner.get()
    assert {day: planner.customers(week, day) for day in planner.days} == wanted


def test_stops_are_added_moved_and_taken_out_by_forms_and_all_undone(planner: Planner) -> None:
    monday, tuesday = planner.days[:2]
    shop = planner.company.shop
    send(planner, show(planner), action="add", customer=shop, day=monday)
    week = planner.get()
    assert planner.customers(week, monday) == [shop]
    stop = week["days"][0]["stops"][0]["id"]

    send(planner, show(planner), action="move", stop=stop, day=tuesday, position="1")
    assert planner.customers(planner.get(), tuesday) == [shop]
    send(planner, show(planner), action="remove", stop=stop)
    assert planner.customers(planner.get(), tuesday) == []
    send(planner, show(planner), action="undo")
    assert planner.customers(planner.get(), tuesday) == [shop]


def test_a_stale_form_shows_both_plans_and_publishes_mine_if_asked(planner: Planner) -> None:
    monday = planner.days[0]
    mine, theirs = list(planner.outlets)[:2]
    stale = show(planner)
    planner.publish({monday: [theirs]})

    status, page = send(planner, stale, action="add", customer=mine, day=monday)

    assert status == 409
    assert "Somebody changed this plan in the meantime." in page
    assert planner.customers(planner.get(), monday) == [theirs]
    shown = re.findall(rf'name="{monday}" value="([^"]*)"', page)
    assert shown == [theirs, mine]
    status, _ = send(planner, page, action="publish", **{monday: shown})
    assert status == 200
    assert planner.customers(planner.get(), monday) == [theirs, mine]


def test_what_is_wrong_is_said_on_the_page(planner: Planner) -> None:
    page = show(planner)

    for fields in (
        {"action": "add", "customer": planner.company.shop, "day": "2001-01-01"},
        {"action": "add", "customer": planner.company.kiosk, "day": planner.days[0]},
        {"action": "add", "customer": "x", "day": "soon"},
        {"action": "dance"},
    ):
        status, said = send(planner, page, **fields)
        assert status == 422, fields
        assert 'class="banner warn"' in said
    assert send(planner, page, action="move", stop="x", day=planner.days[0])[0] == 404
    assert planner.get()["version"] == hidden(page, "base")


def test_names_are_shown_as_text(planner: Planner) -> None:
    planner.publish({planner.days[0]: [planner.company.shop]})

    page = show(planner)

    assert "Toko Maju" in page
    assert page.count("<script>") == 0


@pytest.mark.parametrize(("name", "status"), [("budi", 200), ("dewi", 404), ("joko", 404)])
def test_a_rep_of_others_is_not_found(planner: Planner, name: str, status: int) -> None:
    sign_in(planner.client, name)

    assert planner.client.get(f"/plans?rep={planner.company.sari}").status_code == status
    assert planner.client.get("/plans?week=never&rep=%27").status_code == 200


def test_a_rep_reads_the_own_plan_and_changes_nothing(planner: Planner) -> None:
    planner.publish({planner.days[0]: [planner.company.shop]})
    sign_in(planner.client, "sari")

    page = show(planner, propose=1)

    assert "Toko Maju" in page
    assert "Propose a week" not in page
    assert "Take out" not in page
    token = hidden(page, "csrf_token")
    answer = planner.client.post(
        f"/plans/{planner.company.sari}/{planner.days[0]}",
        data={"csrf_token": token, "base": "x", "action": "undo"},
    )
    assert answer.status_code == 403


def test_a_stranger_is_sent_to_sign_in(client: FlaskClient, company: Company) -> None:
    assert client.get("/plans").headers["Location"].startswith("/sign-in")
