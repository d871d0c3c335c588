"""The page of plans without JavaScript: what it shows, and what its forms do."""

import datetime as dt
import gzip
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from server.calendar.operations import add_holiday
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.queues import QueueNames, connect, open_queue
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import Period, utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, record_visit
from tests.integration.planning.conftest import Planner
from tests.support import forms
from tests.support.application import running_app


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


def test_a_proposal_keeps_to_the_rules_of_its_address_and_to_holidays(
    app: Flask, planner: Planner
) -> None:
    monday, tuesday, wednesday, *_ = planner.week.days()
    with app.app_context(), transaction():
        add_holiday(day=tuesday, name="Market day", at=utc_now(), by=planner.company.admin)

    page = show(
        planner,
        propose=1,
        **{"every-A": "1", "every-B": "1", "every-C": "1", "most": "3", "weekday": [1, 2, 3]},
    )

    shown = {day: re.findall(rf'name="{day}" value="([^"]*)"', page) for day in planner.days}
    assert [len(shown[day]) for day in planner.days] == [3, 0, 3, 0, 0, 0, 0]
    assert "Found no place in the week" in page
    assert "Market day" in page
    assert re.search(r'name="most"[^>]* value="3"', page)
    usual = show(planner, propose=1, most="much", weekday=["9"], **{"every-A": "0"})
    assert len(re.findall(rf'name="{wednesday}" value="', usual)) > 1
    assert f'name="{tuesday}"' not in usual
    assert f'name="{monday}"' in usual


def drawn_on(page: str) -> dict:  # type: ignore[type-arg]
    """Return what the map of the page draws."""
    found = re.search(
        r'data-map .*?<script type="application/json">(.*?)</script>', page, re.DOTALL
    )
    assert found
    return json.loads(found[1])


def test_a_day_leads_to_its_map_and_its_route_sheet(planner: Planner) -> None:
    first, second = list(planner.outlets)[:2]
    planner.publish({planner.days[0]: [second, first]})

    page = show(planner)

    assert 'href="/tracks/' not in page  # not begun
    assert f'day={planner.days[0]}#map"' in page
    assert [(stop["number"], stop["state"]) for stop in drawn_on(page)["route"]] == [
        (1, "planned"),
        (2, "planned"),
    ]
    assert "The stops of each day stand above in their order" in page  # without JavaScript
    assert "Nothing of this day on the map" in show(planner, day=planner.days[1])
    address = f"/plans/{planner.company.sari}/{planner.days[0]}/sheet"
    assert f'href="{address}"' in page
    sheet = planner.client.get(address).text
    assert sheet.index("Warung 00") < sheet.index("Toko Maju")
    assert (
        "No stops on this day"
        in planner.client.get(address.replace(planner.days[0], planner.days[1])).text
    )
    assert planner.client.get(f"/plans/{planner.company.sari}/soon/sheet").status_code == 404
    assert planner.client.get(address.replace(planner.company.sari, new_id())).status_code == 404


def test_a_proposal_is_drawn_day_by_day_by_its_own_rules(planner: Planner) -> None:
    page = show(planner, propose=1, weekday=[2, 4], day=planner.days[3])

    wanted = re.findall(rf'name="{planner.days[3]}" value="', page)
    assert len(drawn_on(page)["route"]) == len(wanted) > 1
    tuesday = re.search(rf'href="([^"]*day={planner.days[1]}[^"]*)#map"', page)
    assert tuesday
    other = planner.client.get(html.unescape(tuesday[1])).text
    assert wanted == re.findall(rf'name="{planner.days[3]}" value="', other)


def test_a_day_that_has_begun_shows_what_was_made_of_its_plan(app: Flask, planner: Planner) -> None:
    sari, (met, missed, extra) = planner.company.sari, list(planner.outlets)[:3]
    day = MONDAY_9.date()
    with app.app_context(), transaction():
        for number, customer in enumerate((missed, met), start=1):
            db.session.add(
                JourneyStop(
                    id=new_id(),
                    rep_id=sari,
                    customer_id=customer,
                    day=day,
                    sequence=number,
                    created_at=MONDAY_9,
                    updated_at=MONDAY_9,
                )
            )
        db.session.flush()
        record_visit(rep_id=sari, customer_id=extra)
        record_visit(rep_id=sari, customer_id=met, at=MONDAY_9 + dt.timedelta(hours=1))

    page = show(planner, week=day, day=day)

    assert f'href="/tracks/{sari}/{day}"' in page
    drawn = drawn_on(page)
    assert [(stop["number"], stop["state"]) for stop in drawn["route"]] == [
        (1, "missed"),
        (2, "visited"),
    ]
    assert [other["label"] for other in drawn["others"]] == [
        "Check-in 1: Warung 01",
        "Check-in 2: Toko Maju",
    ]
    assert drawn["track"] == [[other["at"] for other in drawn["others"]]]


def test_the_map_of_a_plan_weighs_little() -> None:
    """What it loads beside the library of the map, as it goes over the line."""
    static = Path("server/web/static")
    parts = [*static.glob("vendor/world-atlas-*/*.json"), *static.glob("vendor/cities*/*.json")]
    scripts = [static / "js/map.js", static / "js/plans.js", static / "css/plans.css"]
    assert len(parts) == 2
    assert sum(len(gzip.compress(file.read_bytes())) for file in parts + scripts) <= 300_000


def test_a_manager_has_a_team_planned_and_follows_it(
    planner: Planner, settings: Settings, redis_url: str
) -> None:
    company = planner.company
    with running_app(replace(settings, redis_url=redis_url)) as app:
        client = sign_in(app.test_client(), "budi")
        place = f"/plans?rep={company.sari}&week={planner.days[0]}"
        answer = forms.send(client, place, "/plans/teams", team=company.east, most="4")
        assert "Planning the team waits for a worker." in answer.text
        followed = answer.request.full_path
        other = sign_in(app.test_client(), "admin").get(followed).text
        assert "Planning the team" not in other

        with connect(redis_url) as redis:
            queue = open_queue(QueueNames.PERIODIC, redis)
            with app.app_context():
                SimpleWorker([queue], connection=redis, serializer=JSONSerializer).work(burst=True)

        page = client.get(followed).text
        assert "The team is planned: 1 of 2 reps got a week." in page
        assert max(day["planned"] for day in planner.get()["days"]) == 4


def test_stops_are_added_moved_and_taken_out_by_forms_and_all_undone(planner: Planner) -> None:
    monday, tuesday = planner.days[:2]
    shop = planner.company.shop
    send(planner, show(planner), action="add", customer=shop, day=monday)
    week = planner.get()
    assert planner.customers(week, monday) == [shop]
    stop = week["days"][0]["stops"][0]["id"]

    _, told = send(planner, show(planner), action="move", stop=stop, day=tuesday, position="1")
    assert "Toko Maju moved to " in told
    assert planner.customers(planner.get(), tuesday) == [shop]
    _, told = send(planner, show(planner), action="remove", stop=stop)
    assert "Toko Maju taken out of the plan. The phone shows it after its next sync." in told
    assert planner.customers(planner.get(), tuesday) == []
    send(planner, told, action="undo")
    assert planner.customers(planner.get(), tuesday) == [shop]
    status, told = send(planner, show(planner), action="copy")
    assert status == 409
    assert "The other week has no stops that could be copied." in told
    assert planner.customers(planner.get(), tuesday) == [shop]


def test_any_week_is_copied_to_any_other_and_that_is_undone(planner: Planner) -> None:
    monday, wednesday = planner.days[0], planner.days[2]
    first, second = list(planner.outlets)[:2]
    planner.publish({wednesday: [second, first]})
    start = planner.week.start + dt.timedelta(weeks=3)
    later = replace(planner, week=Period.week(start))

    for source in ("soon", "9999-12-31"):
        status, told = send(later, show(later), action="copy", source=source)
        assert status == 422
        assert "Choose a day of the week that is to be copied." in told
    stale = show(later)
    _, told = send(later, show(later), action="copy", source=monday)
    assert re.search(r"The stops of [^<]+ were copied\.", told)
    assert later.customers(later.get(), later.days[2]) == [second, first]
    status, told = send(later, stale, action="copy", source=monday)
    assert (status, "Somebody changed this plan in the meantime." in told) == (409, True)
    send(later, show(later), action="undo")
    assert later.customers(later.get(), later.days[2]) == []


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
