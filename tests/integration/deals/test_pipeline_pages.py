"""The pipeline's pages without JavaScript: what they show, and what is done to a deal."""

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.deals.models import Deal, StageChange
from server.deals.operations import deals as operations
from server.metrics.models import StaleDay
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, sign_in


@dataclass
class Office:
    """A client of the pages, and Sari's lead."""

    app: Flask
    client: FlaskClient
    company: Company
    lead: str

    def page(self, address: str = "") -> str:
        answer = self.client.get(address or f"/deals/{self.lead}")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def send(self, action: str, page: str, **fields: str) -> tuple[int, str]:
        """Send a form with the token and the version that the page shows."""
        data = {"csrf_token": hidden(page, "csrf_token"), "base": hidden(page, "base"), **fields}
        answer = self.client.post(f"/deals/{self.lead}/{action}", data=data, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    def deal(self) -> Deal:
        with self.app.app_context():
            db.session.rollback()
            return db.session.get_one(Deal, self.lead)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return found[1]


@pytest.fixture
def office(app: Flask, client: FlaskClient, company: Company) -> Office:
    """Return Budi, signed in, and a lead of his rep Sari."""
    lead = new_id()
    at = utc_now() - dt.timedelta(days=40)
    with app.app_context(), transaction():
        operations.create_deal(
            deal=operations.NewDeal(
                deal_id=lead,
                owner_id=company.sari,
                customer_id=company.shop,
                stage_key="lead",
                currency="IDR",
                amount_minor=5_000_000_00,
                title="Rak <b>pajangan</b>",
                source="Referral",
            ),
            at=at,
            day=at.date(),
            reporting_currency="IDR",
        )
    sign_in(client, "budi")
    return Office(app, client, company, lead)


def test_the_board_shows_open_deals_and_the_funnel_counts_them(office: Office) -> None:
    shown = office.page("/pipeline?period=all")

    assert "Rak &lt;b&gt;pajangan&lt;/b&gt;" in shown
    assert "1 for over 30 days" in shown
    assert "1 open deals" in shown
    assert office.page("/pipeline?source=Referral&rep=&team=x").count('data-deal="') == 1
    assert office.page(f"/pipeline?rep={office.company.joko}").count('data-deal="') == 0


def test_a_deal_moves_and_the_move_can_be_undone_without_a_trace_in_the_numbers(
    office: Office,
) -> None:
    status, said = office.send("stage", office.page(), stage="opportunity")
    assert status == 200
    assert "is now in Opportunity" in said
    assert office.deal().opportunity_day is not None
    assert office.deal().stage_since == office.deal().opportunity_day

    status, said = office.send("undo", said)

    assert status == 200
    deal = office.deal()
    assert deal.stage_since == deal.lead_day
    assert (deal.stage_key, deal.opportunity_day, deal.opportunity_rep_id) == ("lead", None, None)
    assert deal.lead_day is not None
    with office.app.app_context():
        moves = db.session.query(StageChange).filter_by(deal_id=office.lead).count()
        stale = {row.day for row in db.session.query(StaleDay)}
    assert moves == 1
    assert utc_now().date() in stale or len(stale) >= 2


def test_a_won_deal_counts_and_no_longer_after_undo(office: Office) -> None:
    _, said = office.send("stage", office.page(), stage="won")
    assert office.deal().closed_day is not None

    office.send("undo", said)

    deal = office.deal()
    assert (deal.kind, deal.closed_day, deal.closed_rep_id) == ("lead", None, None)


def test_losing_needs_a_reason_and_keeps_what_was_typed(office: Office) -> None:
    status, said = office.send("stage", office.page(), stage="lost", reason="  ")
    assert status == 422
    assert "Say why the deal is lost" in said
    assert '<option value="lost" selected>' in said

    status, _ = office.send("stage", said, stage="lost", reason="=Too expensive")

    assert status == 200
    assert office.deal().lost_reason == "=Too expensive"
    exported = office.client.get("/deals.csv").get_data(as_text=True)
    assert "Rak <b>pajangan</b>" in exported


def test_a_stale_form_and_a_double_submit_are_told_and_change_nothing(office: Office) -> None:
    first = office.page()
    office.send("stage", first, stage="opportunity")

    for action, fields in (("stage", {"stage": "won"}), ("void", {}), ("undo", {})):
        status, said = office.send(action, first, **fields)
        assert status == 409
        assert "Somebody changed this in the meantime" in said
    deal = office.deal()
    assert (deal.stage_key, deal.voided_at) == ("opportunity", None)


def test_a_voided_deal_counts_nowhere_until_it_is_restored(office: Office) -> None:
    status, said = office.send("void", office.page())
    assert status == 200
    assert "counts in no number" in said
    assert office.page("/pipeline").count('data-deal="') == 0

    office.send("restore", said)

    assert office.deal().voided_at is None
    assert office.page("/pipeline").count('data-deal="') == 1


def test_nonsense_is_answered_with_words(office: Office) -> None:
    page = office.page()
    assert office.send("stage", page, stage="heaven")[0] == 422
    assert office.send("stage", page, stage="won", base="x")[0] == 409
    assert office.send("undo", page)[0] == 409
    forged = office.client.post(f"/deals/{office.lead}/void", data={"base": "1"})
    assert forged.status_code == 400
    assert office.page("/deals?stage=%00&q=%25&sort=x&page=0&rep=1")


@pytest.mark.parametrize(
    ("name", "status"), [("sari", 200), ("admin", 200), ("dewi", 404), ("joko", 404)]
)
def test_a_deal_is_opened_and_moved_only_by_those_who_see_it(
    office: Office, name: str, status: int
) -> None:
    page = office.page()
    sign_in(office.client, name)

    assert office.client.get(f"/deals/{office.lead}").status_code == status
    token = office.page("/pipeline")
    sent = office.client.post(
        f"/deals/{office.lead}/stage",
        data={
            "csrf_token": hidden(token, "csrf_token"),
            "base": hidden(page, "base"),
            "stage": "won",
        },
    )
    assert sent.status_code == (302 if status == 200 else 404)
