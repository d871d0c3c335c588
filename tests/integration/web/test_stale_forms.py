"""Every form of the site: a stale one overwrites nothing and says so; what was typed is kept."""

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.platform.audit import AuditEntry
from server.platform.database import db
from tests.support.databases import SqliteTemplate
from tests.support.forms import forms_of, send
from tests.support.office import Office, filled, opened_office, overtaken
from tests.support.site_forms import BUTTONS, EDITS, REFUSED, SAYS_ALL, TAKES_BACK, Edit

TOLD = re.compile(
    "in the meantime|meanwhile|ha(s|ve) (decided|answered) already|not waiting for a decision"
    "|There is a target"
)
OF_THE_REQUEST = {"csrf_token", "once"}


@pytest.fixture(scope="module")
def office(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with opened_office(sqlite_template, tmp_path_factory.mktemp("office")) as office:
        yield office


def _as_it_is(office: Office, client: FlaskClient, page: str) -> tuple[object, int]:
    """Return what a page would send, and how much was done so far."""
    shown = [
        (form.action, {name: form.fields[name] for name in form.fields.keys() - OF_THE_REQUEST})
        for form in forms_of(client.get(page).text)
    ]
    with office.app.app_context():
        return shown, db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_a_form_that_somebody_overtook_overwrites_nothing_and_says_so(
    office: Office, edit: Edit
) -> None:
    late = overtaken(office, edit)
    if late.told is not None:
        assert (late.told.status_code, TOLD.search(late.told.text)) == (200, None)
    before = _as_it_is(office, late.client, late.page)

    answer = late.send()

    assert TOLD.search(answer.text), answer.text
    for name, text in late.typed.items():
        assert name in BUTTONS or html.escape(text) in answer.text, name
    assert _as_it_is(office, late.client, late.page) == before


@pytest.mark.parametrize(("page", "action", "typed"), REFUSED.values(), ids=list(REFUSED))
def test_a_form_that_is_refused_keeps_what_was_typed(
    office: Office, page: str, action: str, typed: dict[str, str]
) -> None:
    places = office.places
    given = filled(typed, places)

    answer = send(office.client(), page.format(**places), action.format(**places), **given)

    assert answer.status_code in {409, 422}, answer.text
    kept = {(name, text) for form in forms_of(answer.text) for name, text in form.fields.items()}
    assert {pair for pair in given.items() if pair[0] not in BUTTONS} <= kept


def test_every_form_of_the_site_is_in_one_of_the_lists(office: Office) -> None:
    rules = [rule for rule in office.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    site = {rule.rule for rule in rules if not rule.rule.startswith(("/api/", "/v1/"))}
    adapter = office.app.url_map.bind("")
    paths = [edit.action or edit.page for edit in EDITS.values()]
    paths += [action or page for page, action, _ in REFUSED.values()]
    tested = set()
    for path in paths:
        bare = re.sub(r"{\w+}", lambda m: office.places[m[0][1:-1]], path).partition("?")[0]
        tested.add(adapter.match(bare, method="POST", return_rule=True)[0].rule)

    assert site - tested - SAYS_ALL - TAKES_BACK == set()
