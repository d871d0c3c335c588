"""Where deals get stuck: the stage few get over, and the one they stand in the longest."""

import datetime as dt
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server.deals.operations import deals
from server.deals.queries.funnel import FEWEST_CASES
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9

DAY = dt.timedelta(days=1)
MONDAY = MONDAY_9.date()


def lead(company: Company, *moves: tuple[int, str], began: int = 0) -> None:
    """Record a lead, and where it came on which days after that Monday."""
    deal_id, at = new_id(), MONDAY_9 + began * DAY
    deals.create_deal(
        deal=deals.NewDeal(
            deal_id=deal_id,
            owner_id=company.sari,
            customer_id=company.shop,
            stage_key="lead",
            currency="IDR",
        ),
        at=at,
        day=at.date(),
        reporting_currency="IDR",
    )
    for day, stage in moves:
        at = MONDAY_9 + day * DAY
        deals.change_deal(deal_id=deal_id, fields={"stage_key": stage}, at=at, day=at.date())


def test_the_bottleneck_and_the_slowest_stage(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        # After two days each an opportunity; nine get a proposal after three, two of them win.
        for number in range(10):
            moves = [(2, "opportunity"), (5, "proposal"), (6, "won")]
            lead(company, *moves[: 1 if number == 9 else 3 if number < 2 else 2])
    sign_in(client, "budi")

    def steps(end: int) -> dict[str, Any]:
        days = {"from": str(MONDAY), "to": str(MONDAY + end * DAY)}
        answer = client.get("/api/v1/deals/funnel", query_string=days).get_json()
        return {step["stage"]: step for step in answer}

    found = steps(end=7)
    assert [(key, step["reached"]) for key, step in found.items()] == [
        *(("lead", 10), ("opportunity", 10), ("proposal", 9), ("negotiation", 2), ("won", 2)),
    ]
    # Two of nine went on, but nine are so few that it says too little.
    assert [key for key, step in found.items() if step["is_bottleneck"]] == ["proposal"]
    assert [(step["median_days"], step["cases"]) for step in found.values()] == [
        *((2, 10), (3, 10), (1, FEWEST_CASES - 1), (None, 0), (None, 0)),
    ]
    assert [key for key, step in found.items() if step["is_slowest"]] == ["opportunity"]

    with app.app_context(), transaction():
        lead(company, (3, "opportunity"), (4, "proposal"))
    # A month later eight stand in the proposal still, and two have left it.
    found = steps(end=35)
    assert (found["proposal"]["median_days"], found["proposal"]["cases"]) == (29, 10)
    assert [key for key, step in found.items() if step["is_slowest"]] == ["proposal"]
    assert [key for key, step in found.items() if step["is_bottleneck"]] == ["negotiation"]
    # Those that began later, and what happened later, are not of the first week.
    assert steps(end=3)["opportunity"]["median_days"] == 0
    sign_in(client, "dewi")
    assert {step["cases"] for step in steps(end=35).values()} == {0}
