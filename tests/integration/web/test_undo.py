"""What was saved can be undone in one stroke, and that again; never over somebody else's change."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.alerts.models import RuleSetting
from server.customers.models import Customer
from server.deals.models import Stage
from server.definitions.models import OwnMetric
from server.fences.models import FencePolicy
from server.forms.models import FormQuestion
from server.identity.models import User
from server.metrics.models import RampStep, Target, WorkingTime
from server.platform.database import db
from server.products.models import Product
from server.teams.models import Team, TeamLead
from tests.factories.company import Company, sign_in
from tests.support.forms import send, take_back

MARCH = "2026-03-01"


def fields_of(form: str) -> dict[str, str]:
    """Return what a browser would send of a form."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            fields[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    for name, content in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)', form):
        fields[name] = html.unescape(content)
    selects = re.compile(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', re.DOTALL)
    for name, content in selects.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', content)
        fields[name] = chosen[1] if chosen else ""
    return fields


@dataclass(frozen=True)
class Change:
    """A form, what is typed into it, and what of the database tells whether it was kept."""

    page: str
    action: str
    typed: Callable[[Company], dict[str, str]]
    kept: Callable[[], object]
    second: Callable[[Company], dict[str, str]]
    """What somebody else types afterwards."""
    made_at: str = ""
    """The page where what is changed is made first, of `made`."""
    made: dict[str, str] = field(default_factory=dict)
    key: Callable[[], str] = str
    """Finds its place in the page and the action."""


def rows(statement: object) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in db.session.execute(statement))  # type: ignore[call-overload]


CHANGES = {
    "targets": Change(
        page=f"/targets?month={MARCH}",
        action="/targets",
        typed=lambda c: {f"t-{c.sari}-{MARCH}": "100", f"t-{c.east}-{MARCH}": "500"},
        kept=lambda: rows(select(Target.amount)),
        second=lambda c: {f"t-{c.sari}-{MARCH}": "300"},
    ),
    "ramp": Change(
        page="/targets",
        action="/targets/ramp",
        typed=lambda _: {"start_on": "2026-01-01", "percents": "25, 50"},
        kept=lambda: rows(select(RampStep.month_number, RampStep.percent)),
        second=lambda _: {"start_on": "2026-01-01", "percents": "10"},
    ),
    "working time": Change(
        page="/users/{sari}",
        action="/users/{sari}/working-time",
        typed=lambda _: {"start_on": "2026-01-05", "percent": "50"},
        kept=lambda: rows(select(WorkingTime.start_on, WorkingTime.percent)),
        second=lambda _: {"start_on": "2026-01-05", "percent": "80"},
    ),
    "customer": Change(
        page="/customers/{shop}/edit",
        action="/customers/{shop}/edit",
        typed=lambda _: {
            "name": "Toko Baru",
            "customer_class": "B",
            "radius_m": "",
            "notes": "n" * 4000,
        },
        kept=lambda: rows(
            select(Customer.name, Customer.customer_class, Customer.notes).where(
                Customer.radius_m.is_distinct_from(7)
            )
        ),
        second=lambda _: {"name": "Toko Ketiga"},
    ),
    "fence rules": Change(
        page="/fences",
        action="/fences",
        typed=lambda c: {"class-A": "block", f"team-{c.east}": "warn"},
        kept=lambda: rows(select(FencePolicy.kind, FencePolicy.rule)),
        second=lambda _: {"class-A": "warn"},
    ),
    "alert rules": Change(
        page="/alerts/rules",
        action="/alerts/rules",
        typed=lambda _: {"threshold-not_synced": "48", "email": "budi@example.com"},
        kept=lambda: rows(select(RuleSetting.threshold).where(RuleSetting.rule == "not_synced")),
        second=lambda _: {"threshold-not_synced": "72"},
    ),
    "stages": Change(
        page="/pipeline/setup",
        action="/pipeline/setup/stages",
        typed=lambda _: {"name-proposal": "Offer", "percent-proposal": "33"},
        kept=lambda: rows(select(Stage.key, Stage.name, Stage.probability_percent)),
        second=lambda _: {"name-proposal": "Third"},
    ),
    "product": Change(
        page="/products/{tea}",
        action="/products/{tea}",
        typed=lambda _: {"name": "Green tea", "price": "6500", "category": ""},
        kept=lambda: rows(select(Product.name, Product.price_minor, Product.category)),
        second=lambda _: {"name": "Black tea"},
    ),
    "person": Change(
        page="/users/{joko}",
        action="/users/{joko}",
        typed=lambda _: {"name": "Joko W", "language": "id", "team_id": ""},
        kept=lambda: rows(select(User.name, User.language, User.quota_carrying)),
        second=lambda _: {"name": "Joko S"},
    ),
    "team": Change(
        page="/teams/{east}",
        action="/teams/{east}",
        typed=lambda _: {"name": "Far east", "code": "FE"},
        kept=lambda: rows(select(Team.code, Team.name)) + rows(select(TeamLead.user_id)),
        second=lambda _: {"name": "Near east"},
    ),
    "own KPI": Change(
        page="/definitions/{key}",
        action="/definitions/{key}",
        typed=lambda _: {"name": "Orders a call", "formula": "100 * won_deals / calls"},
        kept=lambda: rows(select(OwnMetric.name, OwnMetric.formula, OwnMetric.target)),
        second=lambda _: {"formula": "calls / won_deals"},
        made_at="/definitions/new",
        made={"name": "Orders per call", "formula": "won_deals / calls", "target": "1.5"},
        key=lambda: str(db.session.scalars(select(OwnMetric.key)).one()),
    ),
    "question": Change(
        page="/visit-form/{key}",
        action="/visit-form/{key}",
        typed=lambda _: {
            "text": "Which?",
            "options": "\n".join("x" * 76 + str(n) for n in range(50)),
        },
        kept=lambda: rows(
            select(FormQuestion.text, FormQuestion.kind, FormQuestion.options).where(
                FormQuestion.retired_at.is_(None)
            )
        ),
        second=lambda _: {"text": "Where?"},
        made_at="/visit-form/new",
        made={"text": "Shelf?", "kind": "choice", "options": "Left\nRight"},
        key=lambda: str(db.session.scalars(select(FormQuestion.key)).one()),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_is_undone_and_done_again_but_never_over_anothers(
    app: Flask, client: FlaskClient, company: Company, change: Change
) -> None:
    sign_in(client, "admin")
    places = dict(vars(company))
    if change.made_at:
        send(client, change.made_at, **change.made)
        with app.app_context():
            places["key"] = change.key()

    def kept() -> object:
        with app.app_context():
            return change.kept()

    def save(typed: dict[str, str]) -> str:
        page = client.get(change.page.format(**places)).get_data(as_text=True)
        forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
        first = next(iter(typed))
        form = next(form for form in forms if f'name="{first}"' in form)
        answer = client.post(
            change.action.format(**places), data=fields_of(form) | typed, follow_redirects=True
        )
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def undo(page: str) -> str:
        notice = re.search(r'class="banner \w+ notice".*?</form>', page, re.DOTALL)
        assert notice, "nothing to undo"
        action = re.search(r'action="([^"]*)"', notice[0])
        assert action
        answer = client.post(
            html.unescape(action[1]), data=fields_of(notice[0]), follow_redirects=True
        )
        return answer.get_data(as_text=True)

    before = kept()
    told = save(change.typed(company))
    after = kept()
    assert after != before
    told = undo(told)
    if change.page == "/alerts/rules":  # a rule keeps its row, with the usual number
        assert kept() == [(24,)]
    else:
        assert kept() == before
    told = undo(told)
    assert kept() == after

    stale = told
    save(change.second(company))
    third = kept()
    assert third != after
    assert re.search("in the meantime|meanwhile", undo(stale))
    assert kept() == third


def test_an_undo_that_somebody_forges_finds_nothing(client: FlaskClient, company: Company) -> None:
    sign_in(client, "admin")
    page = client.get("/targets").get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    paths = (
        "/targets/undo",
        "/targets/ramp/undo",
        f"/users/{company.sari}/working-time/undo",
        f"/customers/{company.shop}/undo",
        "/fences/undo",
        f"/teams/{company.east}/undo",
        "/definitions/own_x/undo",
    )

    for path in paths:
        for done_at in ("", "yesterday", "2026-03-01", "2026-03-01T00:00:00+00:00"):
            answer = client.post(path, data={"csrf_token": token, "done_at": done_at})
            assert answer.status_code == 404, (path, done_at)


MADE = {
    "/teams/new": {"code": "N", "name": "North"},
    "/definitions/new": {"name": "Orders per call", "formula": "won_deals / calls"},
    "/visit-form/new": {"text": "Shelf?", "kind": "yes_no"},
}


@pytest.mark.parametrize(("page", "typed"), MADE.items())
def test_what_was_made_by_mistake_is_out_of_use_again_in_one_stroke(
    client: FlaskClient, company: Company, page: str, typed: dict[str, str]
) -> None:
    sign_in(client, "admin")

    made = send(client, page, **typed)
    undone = take_back(client, made.text)

    assert "is archived" in undone.text or "is asked no more" in undone.text
    again = take_back(client, undone.text)
    assert "in use again" in again.text or "is asked again" in again.text
