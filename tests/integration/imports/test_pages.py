"""The import on the web: an administrator sends files and sees which rows were refused."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.imports.jobs import run_waiting_imports
from tests.factories.company import PASSWORD, Company
from tests.integration.imports.conftest import FILES, MAPPING


@pytest.fixture
def admin(client: FlaskClient, company: Company) -> FlaskClient:
    answer = client.post("/api/v1/session", json={"user": "admin", "password": PASSWORD})
    assert answer.status_code == 200
    return client


def token(client: FlaskClient) -> str:
    page = client.get("/imports").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: FlaskClient, *, files: dict[str, str], mapping: str, csrf_token: str) -> Any:
    return client.post(
        "/imports",
        data={
            "csrf_token": csrf_token,
            "files": [(io.BytesIO(text.encode()), name) for name, text in files.items()],
            "mapping_file": (io.BytesIO(mapping.encode()), "company.toml"),
        },
        content_type="multipart/form-data",
    )


def test_files_are_sent_read_and_reported(app: Flask, admin: FlaskClient) -> None:
    broken = FILES | {"items.csv": FILES["items.csv"] + "KOPI;<b>Kopi</b>;seribu\n"}

    sent = send(admin, files=broken, mapping=MAPPING, csrf_token=token(admin))

    assert sent.status_code == 302
    waiting = admin.get(sent.location).get_data(as_text=True)
    assert "Waiting" in waiting
    assert '<meta http-equiv="refresh"' in waiting
    with app.app_context():
        run_waiting_imports()
    done = admin.get(sent.location).get_data(as_text=True)
    assert "Done" in done
    assert '<meta http-equiv="refresh"' not in done
    assert "items.csv:4" in done
    assert "This is no number in the format of the mapping." in done
    assert "seribu" in done
    assert "company" in admin.get("/imports").get_data(as_text=True)


def test_mistakes_in_the_mapping_are_shown_beside_the_form(admin: FlaskClient) -> None:
    wrong = MAPPING.replace('price = "price"', 'prise = "<price>"')

    answer = send(admin, files=FILES, mapping=wrong, csrf_token=token(admin))

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "The mapping file has mistakes." in page
    assert "step.3.fields.prise: There is no such field." in page
    assert "step.3.fields.price: Must be mapped." in page


def test_files_that_do_not_fit_the_mapping_are_told_of_in_words(
    app: Flask, admin: FlaskClient
) -> None:
    csrf_token = token(admin)
    few = {name: text for name, text in FILES.items() if name != "items.csv"}
    answer = send(admin, files=few, mapping=MAPPING, csrf_token=csrf_token)
    assert (answer.status_code, "items.csv: This file is missing." in answer.text) == (422, True)

    priceless = FILES | {"items.csv": "sku;name\nTEH;Teh\n"}
    sent = send(admin, files=priceless, mapping=MAPPING, csrf_token=csrf_token)
    with app.app_context():
        run_waiting_imports()

    page = admin.get(sent.location).text
    assert "items.csv: This column is missing: price." in page
    assert "{" not in page.partition("<main")[2].partition("</main>")[0]
    admin.set_cookie("language", "id")
    assert "items.csv: Kolom ini tidak ada: price." in admin.get(sent.location).text


def test_a_form_of_another_site_is_refused(admin: FlaskClient) -> None:
    assert send(admin, files=FILES, mapping=MAPPING, csrf_token="").status_code == 400


def test_only_administrators_see_the_import(client: FlaskClient, company: Company) -> None:
    assert client.get("/imports").status_code in {302, 401}
    client.post("/api/v1/session", json={"user": "budi", "password": PASSWORD})
    assert client.get("/imports").status_code == 403
