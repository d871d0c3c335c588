"""Administrators set stages and reasons: in order, audited, stale forms told, nothing lost."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.deals.models import LostReason, Stage
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from tests.factories.company import Company, sign_in
from tests.factories.visits import take_order
from tests.support.forms import form_to

PATH = "/pipeline/setup"


class Setup:
    """An administrator's browser on the page."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, sign_in(client, "admin")

    def form(self, page: str = "") -> dict[str, str]:
        """Return what the page would send, unchanged."""
        page = html.unescape(page or self.client.get(PATH).get_data(as_text=True))
        fields = dict(re.findall(r'name="((?:position|name|percent)-[^"]+)" value="([^"]*)"', page))
        checked = re.findall(r'name="(archived-[^"]+)" value="yes"[^>]* checked', page)
        token, base = (
            re.findall(rf'name="{name}" value="([^"]+)"', page)[0]
            for name in ("csrf_token", "base")
        )
        return fields | dict.fromkeys(checked, "yes") | {"csrf_token": token, "base": base}

    def send(self, what: str, form: dict[str, Any]) -> tuple[int, str]:
        answer = self.client.post(f"{PATH}/{what}", data=form, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    def stages(self) -> list[tuple[str, str, int]]:
        with self.app.app_context():
            rows = db.session.scalars(
                select(Stage).where(Stage.archived_at.is_(None)).order_by(Stage.position)
            )
            return [(row.key, row.name, row.probability_percent) for row in rows]


@pytest.fixture
def setup(app: Flask, client: FlaskClient, company: Company) -> Setup:
    del company
    return Setup(app, client)


def test_stages_are_renamed_ordered_added_and_archived(setup: Setup) -> None:
    before = setup.stages()
    lead, proposal = before[0][0], before[2][0]
    form = setup.form() | {f"name-{lead}": "Kenalan", f"percent-{proposal}": "55"}
    form |= {"name-new": "Trial <b>", "position-new": "3", "percent-new": "45", "kind-new": "open"}

    status, page = setup.send("stages", form)

    assert (status, "The stages are saved." in page) == (200, True)
    assert "Trial &lt;b&gt;" in page
    after = setup.stages()
    assert after[0][1] == "Kenalan"
    assert ("trial_b", "Trial <b>", 45) in after[1:4]
    assert {key: percent for key, _, percent in after}[proposal] == 55
    status, page = setup.send("stages", form | {f"name-{lead}": "Stale"})
    assert (status, "Stale" in page) == (409, True)
    archive = setup.form() | {"archived-trial_b": "yes"}
    assert setup.send("stages", archive)[0] == 200
    assert "trial_b" not in [key for key, _, _ in setup.stages()]
    board = setup.client.get("/pipeline").get_data(as_text=True)
    assert "Trial" not in board
    back = {name: text for name, text in setup.form().items() if name != "archived-trial_b"}
    setup.send("stages", back)
    assert "Trial" in setup.client.get("/pipeline").get_data(as_text=True)
    with setup.app.app_context():
        actions = set(db.session.scalars(select(AuditEntry.action)))
        assert {"stage.changed", "stage.probability_set"} <= actions


def test_a_pipeline_that_cannot_work_is_refused(setup: Setup, company: Company) -> None:
    with setup.app.app_context(), transaction():
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=500_000,
        )
        won = db.session.scalars(select(Stage.key).where(Stage.kind == "won")).one()
        lost = db.session.scalars(select(Stage.key).where(Stage.kind == "lost")).first()
        lead = db.session.scalars(select(Stage.key).where(Stage.kind == "lead")).one()
    before = setup.stages()
    for wrong, status in (
        ({f"archived-{lost}": "yes"}, 422),
        ({f"name-{lead}": ""}, 422),
        ({f"percent-{lead}": "101"}, 422),
        ({f"percent-{lead}": "-1"}, 422),
        ({"name-new": "Won again", "kind-new": "won", f"archived-{won}": "yes"}, 409),
    ):
        assert setup.send("stages", setup.form() | wrong)[0] == status, wrong
    assert setup.stages() == before


def test_reasons_are_lines_in_order(setup: Setup) -> None:
    page = setup.client.get(PATH).get_data(as_text=True)
    base = re.findall(r'name="base" value="([^"]+)"', page)[1]
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    form = {"csrf_token": token, "base": base, "reasons": " No money for it \n\nToo <late>\n"}

    status, page = setup.send("reasons", form)

    assert (status, "Too &lt;late&gt;" in page) == (200, True)
    with setup.app.app_context():
        rows = db.session.scalars(select(LostReason).order_by(LostReason.position)).all()
        assert [row.name for row in rows] == ["No money for it", "Too <late>"]
        assert rows[0].key == "no_budget"
    status, page = setup.send("reasons", form | {"reasons": "Mine"})
    assert (status, "Mine</textarea>" in page) == (409, True)
    base = re.findall(r'name="base" value="([^"]+)"', page)[1]
    for wrong in ("x" * 121, "\n".join(map(str, range(51)))):
        assert setup.send("reasons", form | {"reasons": wrong, "base": base})[0] == 422


def test_sources_of_leads_are_the_usual_ones_until_the_company_says_its_own(setup: Setup) -> None:
    def form(page: str, lines: str) -> dict[str, str]:
        return form_to(page, f"{PATH}/sources") | {"sources": lines}

    url = "/api/v1/deals/lead-sources"
    with setup.app.app_context(), transaction():
        changes.index_everything()
    page = setup.client.get(PATH).get_data(as_text=True)
    assert "Canvassing\nReferral" in page
    assert setup.client.get(url).get_json() == []

    status, page = setup.send("sources", form(page, "Referral\nPameran <2026>\n"))

    assert (status, "The sources are saved" in page) == (200, True)
    assert "Referral\nPameran &lt;2026&gt;</textarea>" in page
    names = [row["name"] for row in setup.client.get(url).get_json()]
    assert names == ["Referral", "Pameran <2026>"]
    assert setup.send("sources", form(page, "x" * 61))[0] == 422
    assert setup.client.put(url, json=[{"key": "fair", "name": "Fair"}]).status_code == 200
    stale = setup.send("sources", form(page, "Mine"))
    assert (stale[0], "Mine</textarea>" in stale[1]) == (409, True)
    assert setup.client.put(url, json=[{"key": "fair", "name": "x" * 61}]).status_code == 422
    with setup.app.app_context(), transaction():
        assert changes.wrong_scopes() == []


def test_usual_names_are_edited_in_the_language_of_the_reader_and_stay_usual(setup: Setup) -> None:
    before = setup.stages()
    setup.client.set_cookie("language", "id")
    page = setup.client.get(PATH).get_data(as_text=True)
    form = setup.form(page)
    assert form["name-lead"] == "Prospek"
    assert "Harga terlalu" in page
    # Somebody who saves without a change in Indonesian leaves English readers their words.
    assert setup.send("stages", form)[0] == 200
    assert setup.stages() == before
    base = re.findall(r'name="base" value="([^"]+)"', page)[1]
    lines = re.findall(r'name="reasons"[^>]*>([^<]*)<', page)[0]
    with setup.app.app_context():
        kept = db.session.execute(select(LostReason.key, LostReason.name)).all()
    setup.send("reasons", {"csrf_token": form["csrf_token"], "base": base, "reasons": lines})
    with setup.app.app_context():
        assert db.session.execute(select(LostReason.key, LostReason.name)).all() == kept


def test_others_set_nothing(app: Flask, company: Company) -> None:
    del company
    assert app.test_client().get(PATH).status_code == 302
    for name in ("budi", "sari"):
        client = sign_in(app.test_client(), name)
        page = client.get("/").get_data(as_text=True)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        assert client.get(PATH).status_code == 403
        assert client.put("/api/v1/deals/lead-sources", json=[]).status_code == 403
        for what in ("stages", "reasons", "sources"):
            answer = client.post(f"{PATH}/{what}", data={"csrf_token": token})
            assert answer.status_code == 403
