"""Past check-ins judged again by the present point: seen first, logged, evidence unchanged."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, select
from werkzeug.test import TestResponse

from server.customers.models import Customer
from server.metrics.models import StaleDay
from server.metrics.operations.days import rebuild_next_stale_days
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from server.visits.models import CheckIn, Visit
from server.visits.operations import patch_visit
from shared.time import utc_now
from shared.vocabulary import Verdict, VisitState
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, record_visit

NORTH_M = 480
DAY = timedelta(days=1)
PERIOD = {"from": "2026-03-01", "to": "2026-04-01"}
WHY = "The old point was that of the warehouse"


@pytest.fixture
def visits(app: Flask, company: Company) -> dict[str, str]:
    """Give check-ins of March: one at the point, and two where the shop turned out to be."""
    with app.app_context(), transaction():
        found = {
            name: record_visit(
                rep_id=rep_id,
                customer_id=company.shop,
                at=MONDAY_9 + number * DAY,
                metres_away=metres_away,
            )
            for number, (name, rep_id, metres_away) in enumerate(
                (
                    ("at_the_point", company.sari, 0),
                    ("at_the_shop", company.sari, NORTH_M),
                    ("cancelled", company.sari, NORTH_M),
                    ("of_the_west", company.rina, NORTH_M),
                )
            )
        }
        patch_visit(
            visit_id=found["cancelled"],
            rep_id=company.sari,
            fields={"state": VisitState.CANCELLED, "cancel_reason": "Closed"},
            at=MONDAY_9 + 3 * DAY,
        )
        index_everything()
    with app.app_context():
        with transaction():
            db.session.get_one(Customer, company.shop).change(
                {"latitude": -6.1754 + NORTH_M / 110_600, "location_version": 2}, at=utc_now()
            )
            index_everything()
        while True:
            with transaction():
                if not rebuild_next_stale_days():
                    break
    return found


def look(client: FlaskClient, company: Company, **period: str) -> TestResponse:
    path = f"/api/v1/customers/{company.shop}/rejudgements/preview"
    return client.get(path, query_string=PERIOD | period)


def rejudge(client: FlaskClient, company: Company, **body: str) -> TestResponse:
    order = PERIOD | {"reason": WHY} | body
    if "seen" not in order:
        order["seen"] = look(client, company).get_json()["seen"]
    return client.post(f"/api/v1/customers/{company.shop}/rejudgements", json=order)


def evidence(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        return [
            {column.key: getattr(row, column.key) for column in inspect(CheckIn).column_attrs}
            for row in db.session.scalars(select(CheckIn).order_by(CheckIn.id))
        ]


def verdicts(app: Flask, visits: dict[str, str]) -> dict[str, Verdict | None]:
    with app.app_context():
        return {name: db.session.get_one(Visit, key).verdict for name, key in visits.items()}


def test_a_preview_counts_and_changes_nothing(
    app: Flask, client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    before = verdicts(app, visits)

    answer = look(sign_in(client, "budi"), company).get_json()

    assert (answer["judged"], answer["changing"], answer["location_version"]) == (2, 2, 2)
    assert answer["counts"] == [
        {"before": "inside", "after": "outside", "check_ins": 1},
        {"before": "outside", "after": "inside", "check_ins": 1},
    ]
    assert verdicts(app, visits) == before
    nothing = look(client, company, to="2026-03-01").get_json()
    assert (nothing["judged"], nothing["changing"]) == (0, 0)


def test_the_verdict_that_counts_changes_and_evidence_does_not(
    app: Flask, client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    recorded = evidence(app)

    answer = rejudge(sign_in(client, "budi"), company)

    assert answer.status_code == 201
    made = answer.get_json()
    assert (made["judged"], made["changed"], made["decider_name"]) == (2, 2, "Budi")
    assert evidence(app) == recorded
    assert verdicts(app, visits) == {
        "at_the_point": Verdict.OUTSIDE,
        "at_the_shop": Verdict.INSIDE,
        "cancelled": Verdict.OUTSIDE,
        "of_the_west": Verdict.OUTSIDE,
    }
    with app.app_context():
        assert wrong_scopes() == []
        stale = select(StaleDay.rep_id, func.count()).group_by(StaleDay.rep_id)
        assert [tuple(row) for row in db.session.execute(stale)] == [(company.sari, 2)]
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "check_ins.rejudged")
        ).one()
        assert (entry.user_id, entry.subject, entry.details["reason"]) == (
            company.budi,
            company.shop,
            WHY,
        )
        assert entry.details["inside"] == [1, 1]
    # Once is enough: now every check-in keeps its verdict.
    assert rejudge(client, company).get_json()["code"] == "rejudgement.nothing_changes"


def test_an_administrator_judges_those_of_all_teams(
    app: Flask, client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    assert rejudge(sign_in(client, "admin"), company).get_json()["changed"] == 3
    assert verdicts(app, visits)["of_the_west"] == Verdict.INSIDE


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reason": " "}, 422, "rejudgement.reason_missing"),
        ({"seen": "another"}, 409, "changed_meanwhile"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, 422, "invalid_input"),
        ({"from": "yesterday"}, 422, "invalid_input"),
    ],
)
def test_what_was_not_seen_or_not_explained_is_not_done(
    app: Flask,
    client: FlaskClient,
    company: Company,
    visits: dict[str, str],
    body: dict[str, str],
    status: int,
    code: str,
) -> None:
    before = verdicts(app, visits)

    answer = rejudge(sign_in(client, "budi"), company, **body)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert verdicts(app, visits) == before


def test_a_customer_without_a_point_gives_nothing_to_judge_by(
    app: Flask, client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        shop = db.session.get_one(Customer, company.shop)
        shop.latitude = shop.longitude = None

    assert look(sign_in(client, "budi"), company).get_json()["code"] == "rejudgement.no_point"
    page = client.get(f"/customers/{company.shop}/rejudge").get_data(as_text=True)
    assert "nothing to judge by" in page
    assert visits


@pytest.mark.parametrize(
    ("who", "status"), [("sari", 403), ("dewi", 404), ("nobody", 401), ("budi", 200)]
)
def test_only_those_who_lead_the_team_may(
    client: FlaskClient, company: Company, visits: dict[str, str], who: str, status: int
) -> None:
    if who != "nobody":
        sign_in(client, who)
    path = f"/api/v1/customers/{company.shop}/rejudgements"

    assert look(client, company).status_code == status
    assert client.get(path).status_code == status
    if status != 200:
        order = PERIOD | {"reason": WHY, "seen": "x"}
        assert client.post(path, json=order).status_code == status
        page = client.get(f"/customers/{company.shop}/rejudge").status_code
        assert page == (302 if who == "nobody" else status)
    assert visits


def test_the_page_shows_does_and_tells_everybody(
    client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    sign_in(client, "budi")
    page = f"/customers/{company.shop}/rejudge"
    html = client.get(f"{page}?period=custom&from=2026-03-01&to=2026-03-31").get_data(as_text=True)
    assert "2 check-ins, of which 2 would change" in html
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', html))

    refused = client.post(page, data=form)
    assert refused.status_code == 422
    assert "Say why the check-ins are judged again." in refused.get_data(as_text=True)
    done = client.post(page, data=form | {"reason": WHY}, follow_redirects=True)

    assert "2 check-ins have another verdict now." in done.get_data(as_text=True)
    assert WHY in done.get_data(as_text=True)
    for who in ("budi", "sari"):
        sign_in(client, who)
        told = client.get(f"/visits/{visits['at_the_shop']}").get_data(as_text=True)
        assert "Judged again" in told
        assert WHY in told
        assert "Budi" in told
    assert len(client.get("/api/v1/my-records").get_json()["rejudged_visits"]) == 2
    assert "Judge again" not in client.get(f"/customers/{company.shop}").get_data(as_text=True)


def undo(client: FlaskClient, company: Company, made: str, reason: str = "It was right") -> Any:
    return client.post(
        f"/api/v1/customers/{company.shop}/rejudgements/{made}/undo", json={"reason": reason}
    )


def test_what_was_judged_again_is_taken_back_once_and_both_stay_on_record(
    app: Flask, client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    before, kept = verdicts(app, visits), evidence(app)
    sign_in(client, "budi")
    made = rejudge(client, company).get_json()["id"]
    assert undo(client, company, made, " ").get_json()["code"] == "rejudgement.reason_missing"

    taken_back = undo(client, company, made).get_json()

    assert (taken_back["undo_reason"], taken_back["undoer_name"]) == ("It was right", "Budi")
    assert verdicts(app, visits) == before
    assert evidence(app) == kept
    assert undo(client, company, made).get_json()["code"] == "rejudgement.undone"
    sign_in(client, "sari")
    told = client.get(f"/visits/{visits['at_the_shop']}").get_data(as_text=True)
    assert "Taken back" in told
    assert "It was right" in told
    own = client.get("/api/v1/my-records").get_json()["rejudged_visits"]
    assert all(row["undone_at"] for row in own)
    with app.app_context():
        waiting = db.session.scalars(select(StaleDay.rep_id)).all()
        assert company.sari in waiting
        actions = db.session.scalars(select(AuditEntry.action)).all()
        assert "check_ins.rejudgement_undone" in actions


def test_the_later_decision_is_taken_back_first_and_only_by_those_who_may(
    app: Flask, client: FlaskClient, company: Company, visits: dict[str, str]
) -> None:
    sign_in(client, "admin")
    first = rejudge(client, company).get_json()["id"]
    with app.app_context(), transaction():
        db.session.get_one(Customer, company.shop).change(
            {"latitude": -6.1754, "location_version": 3}, at=utc_now()
        )
    second = rejudge(client, company).get_json()["id"]

    assert undo(client, company, first).get_json()["code"] == "rejudgement.judged_later"
    assert undo(client, company, second).status_code == 200
    for who, status in (("budi", 403), ("dewi", 404), ("sari", 403)):
        sign_in(client, who)
        assert undo(client, company, first).status_code == status, who
    sign_in(client, "admin")
    html = client.get(f"/customers/{company.shop}").get_data(as_text=True)
    page = f"/customers/{company.shop}/rejudgements/{first}/undo"
    assert html.count(page) == 1
    [token, *_] = re.findall(r'name="csrf_token" value="([^"]+)"', html)
    form = {"reason": "Wrong shop", "csrf_token": token}
    done = client.post(page, data=form, follow_redirects=True)
    assert "The verdicts from before count again." in done.get_data(as_text=True)
    assert "Wrong shop" in done.get_data(as_text=True)
    again = client.post(page, data=form, follow_redirects=True)
    assert "This was taken back already." in again.get_data(as_text=True)
    assert visits
