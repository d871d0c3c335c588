"""The audit log: what was changed is in it, and only administrators read it."""

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

import server
from server.admin.pages.audit import ACTIONS
from server.platform import audit
from server.platform.transaction import transaction
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.integration.expenses.test_expenses import record as record_expense


def test_entries_are_shown_narrowed_and_exported(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        for action, name in (("fence.changed", "=1+1"), ("team.changed", "<b>East</b>")):
            audit.record(
                action=action,
                at=utc_now(),
                user_id=company.admin,
                subject="x",
                name=["old", name],
                owner_id=[company.sari, company.joko],
            )
        audit.record(
            action="fence.changed",
            at=utc_now() - dt.timedelta(days=90),
            user_id=None,
            subject="long ago",
        )
    sign_in(client, "admin")

    everything = client.get("/audit?period=today").get_data(as_text=True)
    one = client.get("/audit?period=today&action=fence.changed").get_data(as_text=True)
    exported = client.get("/audit.csv?period=today&action=team.changed").get_data(as_text=True)

    assert "old → &lt;b&gt;East&lt;/b&gt;" in everything
    assert "long ago" not in everything
    assert "Team changed<span" in everything
    assert "Team changed<span" not in one
    assert "fence.changed<span" in one
    assert "long ago" in client.get("/audit?period=all").get_data(as_text=True)
    header, *rows = csv.reader(io.StringIO(exported.removeprefix("\ufeff")))
    assert [dict(zip(header, row, strict=True)) for row in rows] == [
        {
            "Time (UTC)": rows[0][0],
            "Person": "Admin",
            "Action": "Team changed",
            "Code": "team.changed",
            "Subject": "x",
            "Details": "Name: old → <b>East</b>; Rep: Sari → Joko",
            "Id": "x",
            "As recorded": rows[0][-1],
        }
    ]
    assert json.loads(rows[0][-1])["owner_id"] == [company.sari, company.joko]
    for query in ("action=%00&person=x&page=-3", "person=" + company.sari):
        assert client.get(f"/audit?{query}").status_code == 200


def test_others_are_refused(client: FlaskClient, company: Company) -> None:
    del company
    assert client.get("/audit").status_code == 302
    for name in ("budi", "sari"):
        sign_in(client, name)
        assert client.get("/audit").status_code == 403
        assert client.get("/audit.xlsx").status_code == 403


def test_what_was_done_is_said_in_words_and_leads_to_what_it_was_done_to(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    subjects = {
        "user.changed": company.sari,
        "customer.changed": company.shop,
        "product.changed": company.tea,
        "team.changed": company.east,
    }
    with app.app_context(), transaction():
        for action, subject in subjects.items():
            audit.record(action=action, at=utc_now(), user_id=company.admin, subject=subject)
    sign_in(client, "admin")

    shown = client.get("/audit?period=today").get_data(as_text=True)

    addresses = re.findall(r'cell-sub"><a href="([^"]+)">', shown)
    assert {address.rpartition("/")[2] for address in addresses} == set(subjects.values())
    for address in addresses:
        assert client.get(address).status_code == 200


def test_an_expense_goes_by_the_name_of_who_spent_it(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        spent = record_expense(company, "sari", 5_000_00)
        audit.record(action="expense.decided", at=utc_now(), user_id=company.admin, subject=spent)
    sign_in(client, "admin")

    page = client.get("/audit?period=today").text

    assert '<span class="cell-sub">Sari</span>' in page
    assert spent not in page


def test_details_are_words_names_and_links_not_keys_and_lists(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    entries: list[dict[str, Any]] = [
        {
            "action": "team.changed",
            "leads": [[], [company.budi]],
            "parent_id": [None, company.east],
        },
        {"action": "user.changed", "role": ["rep", "manager"], "quota_carrying": [True, False]},
        {"action": "fence_policy.set", "before": None, "after": "block"},
        {"action": "task.changed", "before": {"state": "open"}, "after": {"state": "done"}},
        {"action": "form.question_changed", "after": {"options": [[company.tea, "Left"]]}},
        {"action": "deal.lost_reasons", "reasons": ["Price", "Stock"]},
        {"action": "cost.enter", "amount_minor": 150_000, "currency": "USD"},
        {"action": "target.set", "metric": "revenue", "month": "2026-03-01", "after": 5},
        {"action": "working_time.set", "before": 100, "percent": 50, "start_on": "2026-03-02"},
        {"action": "demo.filled", "seed": 7, "size": {"reps": 3, "visit_days": 6}},
        {"action": "currency.rate_deleted", "subject": "USD 2026-11-14"},
        {"action": "definition.changed", "subject": "strike_rate"},
    ]
    with app.app_context(), transaction():
        for entry in entries:
            audit.record(at=utc_now(), user_id=company.admin, **entry)
    sign_in(client, "admin")

    page = client.get("/audit?period=today").text

    body = re.sub(r"\s+", " ", page.partition("<tbody>")[2].partition("</tbody>")[0])
    shown = re.sub(r"<[^>]+>", "", body)
    for words in (
        "Led by: – → Budi",
        "Above it: – → East",
        "Role: Sales rep → Manager",
        "Has targets: yes → no",
        "Value: – → Only with a code",
        "State: To do → Done",
        "Answers: Left",
        "Reasons: Price, Stock",
        "Amount: US$1,500.00",
        "Number: Revenue",
        "Month: 1 Mar 2026",
        "Percent: 100% → 50%",
        "Drawn by the number: 7",
        "Reps: 3",
        "Days with visits: 6",
        "USD 14 Nov 2026",
        "Strike rate",
    ):
        assert words in shown, (words, shown)
    assert f'href="/users/{company.budi}">Budi<' in body
    assert f'href="/teams/{company.east}">East<' in body


def test_every_action_of_the_code_has_words() -> None:
    code = "\n".join(file.read_text() for file in Path(server.__path__[0]).rglob("*.py"))
    said = set(re.findall(r'(?:action=|_note\(\w+, |_announce\(.*, |_audit\()"(\w+\.\w+)"', code))

    assert len(said) > 50
    assert said - set(ACTIONS) == set()
