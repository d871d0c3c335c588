"""Values that PostgreSQL cannot hold are wrong input, not a bug."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.company import Company, sign_in


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_text_with_a_nul_is_refused_and_the_next_request_goes_on(
    client: FlaskClient, company: Company
) -> None:
    nobody = client.post("/api/v1/session", json={"user": "sa\0ri", "password": "x"})
    assert (nobody.status_code, nobody.get_json()["code"]) == (422, "unfit_value")
    sign_in(client, "budi")

    task = {"rep": company.sari, "title": "Bring\0 it"}
    refused = client.post("/api/v1/tasks", json=task)

    assert (refused.status_code, refused.get_json()["code"]) == (422, "unfit_value")
    assert client.get("/api/v1/tasks").get_json()["rows"] == []
    kept = client.post("/api/v1/tasks", json=task | {"title": "Bring it"})
    assert kept.status_code == 201


def test_the_document_says_what_an_error_looks_like(app: Flask) -> None:
    document = app.test_client().get("/api/openapi.json").get_json()

    error = document["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(error) == ["application/problem+json"]
    for path, methods in document["paths"].items():
        for method, endpoint in methods.items():
            if method != "parameters" and "200" in endpoint["responses"]:
                said = endpoint["responses"]["200"].get("content")
                assert said or method == "head", f"{method} {path}"
