"""The API against requests made up from its own OpenAPI document, by everybody who may send them.

schemathesis draws requests that agree with the document and others that do not. Ids and days are
often the company's, so that requests reach its rows. `TAPAK_FAULT_EXAMPLES` says how many are
tried: a tenth of it at each endpoint; without it a few fixed ones. No endpoint is left out.
"""

import os
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from server.platform.transaction import transaction
from server.tasks.operations import NewTask, create_task
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import FOUNDED_ON, Company, found_company, sign_in
from tests.factories.phones import enrol_phone
from tests.factories.visits import MONDAY_9, record_visit, take_order

_EXAMPLES = int(os.environ.get("TAPAK_FAULT_EXAMPLES", "0"))
_PEOPLE = ("admin", "budi", "sari")
_WITHOUT_REDIS = ("POST /api/v1/imports", "POST /api/v1/plans/teams")
"""Leave their work to a job, and there is no Redis here: they may say so with a 503."""
_FOR_STRANGERS = ("DELETE /api/v1/session", "OPTIONS /v1/blobs")

_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]

_IDS: list[str] = []
"""Those of the company, when there is one."""


@schemathesis.serializer("application/x-ndjson")
def _as_it_is(_context: SerializationContext, body: object) -> bytes:
    """Send what was drawn for a push as the lines it should be."""
    return body if isinstance(body, bytes) else str(body).encode(errors="surrogatepass")


# A format belongs to schemathesis as a whole; the ids come with the test.
schemathesis.openapi.format(
    "uuid",
    st.uuids().map(str) | st.integers(0, 999).map(lambda place: _IDS[place % len(_IDS)]),
)


def fill(company: Company) -> dict[str, list[str]]:
    """Record something of most kinds; return what parameters may be called with."""
    visit = record_visit(rep_id=company.sari, customer_id=company.shop)
    deal = take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=3,
        unit_price_minor=5_000_00,
        visit_id=visit,
    )
    task = NewTask(task_id=new_id(), rep_id=company.sari, title="Bring the price list")
    create_task(task=task, created_by=company.budi, at=MONDAY_9, day=FOUNDED_ON)
    _IDS[:] = [company.sari, company.shop, company.east, company.tea, visit, deal, task.task_id]
    return {
        "rep_id": [company.sari],
        "customer_id": [company.shop],
        "visit_id": [visit],
        "deal_id": [deal],
        "task_id": [task.task_id],
        "day": ["2026-03-02", "2026-02-30", "0001-01-01", "9999-12-31"],
        "from": ["2026-03-01", "0001-01-01"],
        "to": ["2026-03-31", "9999-12-31"],
        "key": ["strike_rate", "visits_without_outcome", "won"],
        "metrics": ["strike_rate", "strike_rate,revenue"],
        "by": ["rep", "team"],
        "kind": ["csv", "xlsx"],
    }


@st.composite
def requests(
    draw: st.DrawFn, operation: APIOperation[Any, Any, Any, Any], known: dict[str, list[str]]
) -> Any:
    """Draw a request to this endpoint."""
    case = draw(st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode)))
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for name in sorted(part.keys() & known.keys()):
                if draw(st.booleans()):
                    part[name] = draw(st.sampled_from(known[name]))
    return case


def check_caller(endpoint: str, caller: str, status: int) -> None:
    """Check that the people are known where people call, and that strangers get nothing."""
    if caller in _PEOPLE and " /api/" in endpoint and endpoint != "POST /api/v1/session":
        assert status != 401
    if caller == "stranger" and endpoint not in _FOR_STRANGERS:
        assert status >= 400


_DATABASES = ["sqlite", "postgresql"] if _EXAMPLES else ["sqlite"]


@pytest.mark.timeout(0 if _EXAMPLES else 600)
@pytest.mark.parametrize("database_url", _DATABASES, indirect=True)
def test_every_endpoint_answers_whatever_is_asked(app: Flask, subtests: pytest.Subtests) -> None:
    with app.app_context(), transaction():
        company = found_company()
        known = fill(company)
    callers: dict[str, dict[str, Any]] = {"stranger": {}}
    for name in _PEOPLE:
        client = sign_in(app.test_client(), name)
        cookie = client.get_cookie("session")
        assert cookie is not None
        callers[name] = {"cookies": {"session": cookie.value}}
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        token = phone_token(app, company.sari)
        callers["phone"] = {"headers": {"Authorization": f"Device {token}"}}

        @settings(
            max_examples=max(_EXAMPLES // 10, 5),
            derandomize=not _EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=requests(operation, known), caller=st.sampled_from(sorted(callers)))
        def try_it(case: Any, caller: str) -> None:
            answer = case.call(**callers[caller])
            if case.operation.label in _WITHOUT_REDIS and answer.status_code == 503:
                assert answer.json()["code"] in {"queue_down", "plan.queue_silent"}
                return
            case.validate_response(answer, checks=_CHECKS)
            check_caller(case.operation.label, caller, answer.status_code)

        with subtests.test(operation.label):
            try_it()


def phone_token(app: Flask, rep_id: str) -> str:
    """Return the token of a new phone of this rep."""
    with app.app_context(), transaction():
        return enrol_phone(rep_id, at=utc_now(), name="Test").tokens.access
