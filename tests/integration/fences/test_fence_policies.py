"""Rules for check-ins outside: set by the office, kept by the phone; evidence always stays."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobile.services.fences import (
    CodeNeededError,
    NoteNeededError,
    TooManyTriesError,
    WrongCodeError,
)
from server.customers.models import Customer
from server.fences import operations as fences
from server.fences.models import FenceOverride, FencePolicy
from server.identity import operations as identity
from server.platform.access import SYSTEM
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from server.visits.models import CheckIn, Visit
from shared.checkin.policy import FenceRule, PolicyKind
from shared.time import business_day, utc_now
from shared.vocabulary import Verdict
from tests.factories.company import ZONE, Company, sign_in
from tests.fakes.handset import Handset
from tests.fakes.network import Network

SHOP = (-6.1754, 106.8272)
AWAY = (-6.1854, 106.8272)


@pytest.fixture
def phone(app: Flask, company: Company, tmp_path: Path) -> Iterator[Handset]:
    """Give Sari's phone, with her customers on it."""
    now = utc_now()
    with app.app_context():
        with transaction():
            code = identity.create_enrolment_code(user_id=company.sari, at=now, by=None)
        with transaction():
            index_everything()
    handset = Handset(tmp_path / "phone.db", Network(app))
    handset.enrol(code)
    yield handset
    handset.switch_off()


def send(client: FlaskClient, page: str, form: dict[str, str], *, to: str = "") -> TestResponse:
    """Send a form as its page does."""
    html = client.get(page).get_data(as_text=True)
    hidden = dict(re.findall(r'name="(csrf_token|base)" value="([^"]+)"', html))
    return client.post(to or page, data={**form, **hidden}, follow_redirects=True)


def set_rule(app: Flask, rule: FenceRule, *, kind: PolicyKind, key: str = "") -> None:
    with app.app_context(), transaction():
        fences.set_policies(rules={(kind, key): rule}, at=utc_now(), by=SYSTEM.user_id)


def issue(
    app: Flask, company: Company, reason: str = "Market day, the shop moved its stall"
) -> str:
    now = utc_now()
    with app.app_context(), transaction():
        return fences.issue_code(
            access=SYSTEM,
            rep_id=company.sari,
            customer_id=company.shop,
            day=business_day(now, ZONE),
            reason=reason,
            at=now,
        )


def check_in(phone: Handset, company: Company, *, note: str = "", code: str = "") -> str:
    fix = phone.fix(AWAY)
    return phone.visits.check_in(customer_id=company.shop, fix=fix, note=note, code=code).id


def kept(app: Flask, visit_id: str) -> tuple[Verdict, str, str]:
    with app.app_context():
        row = db.session.scalars(select(CheckIn).where(CheckIn.visit_id == visit_id)).one()
        return Verdict(row.verdict), row.fence_rule, row.fence_lifted


def test_without_a_rule_outside_is_recorded(app: Flask, phone: Handset, company: Company) -> None:
    visit_id = check_in(phone, company)
    phone.synchronize()

    assert kept(app, visit_id) == (Verdict.OUTSIDE, "record", "")


def test_where_the_team_is_warned_a_note_is_asked_for(
    app: Flask, phone: Handset, company: Company
) -> None:
    set_rule(app, FenceRule.WARN, kind=PolicyKind.TEAM, key=company.east)
    phone.synchronize()

    with pytest.raises(NoteNeededError):
        check_in(phone, company)
    visit_id = check_in(phone, company, note="Met the owner at the warehouse")
    phone.synchronize()

    assert kept(app, visit_id) == (Verdict.OUTSIDE, "warn", "noted")
    with app.app_context():
        assert db.session.get_one(Visit, visit_id).notes == "Met the owner at the warehouse"


def test_a_rule_of_another_team_does_not_reach_the_phone(
    app: Flask, phone: Handset, company: Company
) -> None:
    set_rule(app, FenceRule.BLOCK, kind=PolicyKind.TEAM, key=company.west)
    phone.synchronize()

    assert phone.visits.rule(company.shop) is FenceRule.RECORD
    with app.app_context():
        assert wrong_scopes() == []


def test_where_the_class_is_blocked_a_code_lifts_it_once_and_offline(
    app: Flask, phone: Handset, company: Company
) -> None:
    set_rule(app, FenceRule.BLOCK, kind=PolicyKind.CUSTOMER_CLASS, key="A")
    phone.synchronize()
    with pytest.raises(CodeNeededError):
        check_in(phone, company, note="A note is not enough")
    code = issue(app, company)

    visit_id = check_in(phone, company, code=f"{code[:4]} {code[4:]}")
    phone.visits.cancel(visit_id, "by_mistake")
    with pytest.raises(WrongCodeError):
        check_in(phone, company, code=code)
    phone.synchronize()

    assert kept(app, visit_id) == (Verdict.OUTSIDE, "block", "by_code")
    with app.app_context():
        override = db.session.scalars(select(FenceOverride)).one()
        assert override.visit_id == visit_id
        assert override.used_at is not None
    again = check_in(phone, company, code=issue(app, company))
    phone.synchronize()
    assert kept(app, again)[2] == "by_code"


def test_at_the_edge_of_the_fence_nothing_is_asked(
    app: Flask, phone: Handset, company: Company
) -> None:
    set_rule(app, FenceRule.BLOCK, kind=PolicyKind.ORGANISATION)
    phone.synchronize()
    edge = phone.fix((SHOP[0] + 0.0009, SHOP[1]), accuracy_m=30)

    visit_id = phone.visits.check_in(customer_id=company.shop, fix=edge).id
    phone.synchronize()

    assert kept(app, visit_id) == (Verdict.UNCERTAIN, "block", "")


def test_codes_cannot_be_tried_out(app: Flask, phone: Handset, company: Company) -> None:
    set_rule(app, FenceRule.BLOCK, kind=PolicyKind.ORGANISATION)
    phone.synchronize()
    for number in range(5):
        with pytest.raises(WrongCodeError):
            check_in(phone, company, code=f"0000000{number}")

    with pytest.raises(TooManyTriesError):
        check_in(phone, company, code=issue(app, company))


def test_a_phone_that_does_not_know_the_rule_yet_loses_nothing(
    app: Flask, phone: Handset, company: Company
) -> None:
    visit_id = check_in(phone, company)
    set_rule(app, FenceRule.BLOCK, kind=PolicyKind.ORGANISATION)
    phone.synchronize()

    assert kept(app, visit_id) == (Verdict.OUTSIDE, "block", "without_code")
    with app.test_client() as client:
        page = sign_in(client, "budi").get(f"/visits/{visit_id}").get_data(as_text=True)
    assert "without a code" in page


def test_an_administrator_sets_rules_and_the_log_says_so(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    form = {"organisation": "warn", "class-A": "block", f"team-{company.east}": "record"}

    page = send(client, "/fences", form).get_data(as_text=True)
    send(client, "/fences", {"organisation": "warn", "class-A": "nonsense"})

    assert "3 rules were changed" in page
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "fence_policy.set")
            .order_by(AuditEntry.id)
        ).all()
        assert [entry.details["after"] for entry in entries][:3].count("block") == 1
        assert [entry.details["after"] for entry in entries][3:] == [None, None]


def test_the_second_of_two_who_change_the_rules_is_told_and_keeps_the_choice(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    html = client.get("/fences").get_data(as_text=True)
    stale = dict(re.findall(r'name="(csrf_token|base)" value="([^"]+)"', html))
    set_rule(app, FenceRule.BLOCK, kind=PolicyKind.TEAM, key=company.east)

    answer = client.post("/fences", data={"organisation": "warn", **stale})

    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "in the meantime" in page
    assert '<option value="warn" selected>' in page
    with app.app_context():
        assert len(db.session.scalars(select(FencePolicy)).all()) == 1


@pytest.mark.parametrize(
    ("name", "rules", "codes"), [("admin", 200, 200), ("budi", 403, 200), ("sari", 403, 403)]
)
def test_each_role_reaches_its_pages(
    client: FlaskClient, company: Company, name: str, rules: int, codes: int
) -> None:
    del company
    sign_in(client, name)

    assert client.get("/fences").status_code == rules
    assert client.get("/fences/codes").status_code == codes


def test_a_manager_makes_codes_for_own_reps_only_and_with_a_reason(
    client: FlaskClient, company: Company, phone: Handset
) -> None:
    del phone
    sign_in(client, "budi")
    wanted = {"customer": company.shop, "reason": "Flooded road"}

    def ask(rep_id: str, **changes: str) -> TestResponse:
        page = f"/fences/codes?rep={company.sari}"
        return send(client, page, wanted | changes, to=f"/fences/codes/{rep_id}")

    made, silent = ask(company.sari), ask(company.sari, reason=" ")
    phoneless = ask(company.joko)

    assert re.search(r'class="secret">\d{4} \d{4}<', made.get_data(as_text=True))
    assert "Flooded road" in made.get_data(as_text=True)
    assert (silent.status_code, phoneless.status_code) == (422, 404)
    assert ask(company.rina).status_code == 404
    sign_in(client, "dewi")
    assert "Flooded road" not in client.get("/fences/codes").get_data(as_text=True)


def test_a_customer_of_another_rep_gets_no_code(
    app: Flask, company: Company, phone: Handset
) -> None:
    del phone
    with app.app_context():
        assert db.session.get_one(Customer, company.kiosk).owner_id == company.rina
    with app.app_context(), transaction(), pytest.raises(Exception, match="nothing here"):
        fences.issue_code(
            access=SYSTEM,
            rep_id=company.sari,
            customer_id=company.kiosk,
            day=business_day(utc_now(), ZONE),
            reason="x",
            at=utc_now(),
        )
