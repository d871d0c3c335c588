"""Exchange rates over the API, on the page and by import: who may, what is refused, undo."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.imports.commands import command
from server.platform.audit import AuditEntry
from server.platform.database import db
from tests.factories.company import Company, sign_in
from tests.support.forms import take_back

PATH = "/api/v1/exchange-rates"


def enter(client: FlaskClient, **fields: Any) -> Any:
    body = {"currency": "USD", "day": "2026-03-02", "rate": "16250.5"} | fields
    return client.post(PATH, json=body)


def submit(client: FlaskClient, path: str, **fields: str) -> Any:
    page = client.get("/exchange-rates").get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    return client.post(path, data={"csrf_token": token[0]} | fields)


def test_a_rate_is_entered_corrected_deleted_and_brought_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")
    rate = enter(client, source="Bank Indonesia").get_json()
    assert (rate["rate"], rate["entered_by"], rate["amounts"]) == ("16250.5", "Admin", 0)

    path = f"{PATH}/{rate['id']}"
    corrected = client.put(path, json={"rate": "16251.0000000001", "version": 1})
    assert corrected.get_json()["rate"] == "16251.0000000001"
    late = client.put(path, json={"rate": "1", "version": 1})
    assert (late.status_code, late.get_json()["code"]) == (409, "changed_meanwhile")

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.get(PATH).get_json()["total"] == 0
    other = enter(client).get_json()["id"]
    again = client.post(f"{path}/restoration")
    assert (again.status_code, again.get_json()["code"]) == (409, "rate.exists")
    client.delete(f"{PATH}/{other}")
    assert client.post(f"{path}/restoration").get_json()["rate"] == "16251.0000000001"
    assert client.post(f"{path}/conversion").get_json()["amounts"] == 0

    with app.app_context():
        actions = db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == "USD 2026-03-02")
            .order_by(AuditEntry.id)
        ).all()
    assert actions == [
        *("rate.enter", "rate.correct", "rate.delete", "rate.enter", "rate.delete"),
        *("rate.restore", "rate.convert_again"),
    ]


def test_administrators_write_rates_managers_read_them_others_see_none(
    client: FlaskClient, company: Company
) -> None:
    del company
    assert client.get(PATH).status_code == 401
    assert client.get("/exchange-rates").headers["Location"].startswith("/sign-in")
    sign_in(client, "admin")
    path = f"{PATH}/{enter(client).get_json()['id']}"

    sign_in(client, "budi")
    assert client.get(path).get_json()["currency"] == "USD"
    assert "16,250.50" in client.get("/exchange-rates").get_data(as_text=True)
    refused = [
        enter(client, day="2026-03-03"),
        client.put(path, json={"rate": "1", "version": 1}),
        client.delete(path),
        client.post(f"{path}/restoration"),
        client.post(f"{path}/conversion"),
        submit(client, "/exchange-rates", currency="EUR", day="2026-03-02", rate="1"),
    ]
    assert {answer.status_code for answer in refused} == {403}

    sign_in(client, "sari")
    seen = [client.get(each) for each in (PATH, path, "/exchange-rates", "/exchange-rates.csv")]
    assert {answer.status_code for answer in seen} == {403}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rate": "0"}, "rate.out_of_range"),
        ({"rate": "-3"}, "rate.out_of_range"),
        ({"rate": "1000000000"}, "rate.out_of_range"),
        ({"rate": "1.00000000001"}, "rate.out_of_range"),
        ({"rate": "162505"}, "rate.far_off"),
        ({"rate": "0.00006154"}, "rate.far_off"),
        ({"rate": "NaN"}, "invalid_input"),
        ({"currency": "XYZ"}, "rate.unknown_currency"),
        ({"currency": "usd"}, "rate.unknown_currency"),
        ({"currency": "IDR"}, "rate.own_currency"),
        ({"day": "2199-01-01"}, "rate.day"),
        ({"day": "1999-12-31"}, "rate.day"),
        ({"day": "2026-03-02"}, "rate.exists"),
        ({"source": "x" * 121}, "rate.source"),
    ],
)
def test_an_impossible_rate_is_refused(
    client: FlaskClient, company: Company, fields: dict[str, Any], code: str
) -> None:
    del company
    sign_in(client, "admin")
    assert enter(client).status_code == 201
    answer = enter(client, **({"day": "2026-03-09"} | fields))
    assert (answer.status_code, answer.get_json()["code"]) == (
        409 if code == "rate.exists" else 422,
        code,
    )
    assert client.get(PATH).get_json()["total"] == 1


def test_a_rate_far_from_the_others_is_taken_where_somebody_says_it_is_right(
    client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")
    assert enter(client).status_code == 201
    assert enter(client, day="2026-03-09", rate="16.25", confirmed=True).status_code == 201
    assert enter(client, day="2026-06-09", rate="17000").status_code == 201


def test_the_page_keeps_what_was_typed_and_undoes(client: FlaskClient, company: Company) -> None:
    del company
    sign_in(client, "admin")
    typed = {"currency": "JPY", "day": "2026-03-02", "source": "Bank Indonesia"}
    for impossible in ("", "many", "-3", "1e3"):
        wrong = submit(client, "/exchange-rates", **typed, rate=impossible)
        assert wrong.status_code == 422
        assert 'value="Bank Indonesia"' in wrong.get_data(as_text=True)
    assert submit(client, "/exchange-rates", **typed, rate="105.25").status_code == 302
    path, first = "/exchange-rates/conversion", "2026-03-06"
    assert submit(client, path, first=first, last="2026-03-06").status_code == 302
    assert submit(client, path, first=first, last="9999-12-31").status_code == 422
    backwards = submit(client, path, first=first, last="2026-03-01")
    assert backwards.status_code == 422
    assert f'value="{first}"' in backwards.text
    page = client.get("/exchange-rates").get_data(as_text=True)
    assert "Japanese Yen" in page
    [undo] = re.findall(
        r'action="(/exchange-rates/[^"]+/deletion)"', page.partition("<form id")[0]
    )[:1]
    far = submit(client, "/exchange-rates", **typed | {"day": "2026-03-03"}, rate="10525")
    assert (far.status_code, "The rate is right" in far.get_data(as_text=True)) == (422, True)

    edit = undo.removesuffix("/deletion")
    assert 'value="105.25"' in client.get(edit).get_data(as_text=True)
    stale = submit(client, edit, rate="106", source="", version="9")
    assert (stale.status_code, 'value="106"' in stale.get_data(as_text=True)) == (409, True)
    assert submit(client, edit, rate="106,5", source="", version="1").status_code == 302
    assert client.get("/exchange-rates.csv").get_data(as_text=True).splitlines() == [
        "\ufeffday,currency,rate,source",
        "2026-03-02,JPY,106.5,",
    ]
    assert submit(client, undo, again="yes", version="2").status_code == 302
    gone = client.get("/exchange-rates").get_data(as_text=True)
    assert "No rates here" in gone
    take_back(client, gone)
    assert "106.50" in client.get("/exchange-rates").get_data(as_text=True)


def test_rates_are_imported_and_again_changes_nothing(
    app: Flask, client: FlaskClient, company: Company, tmp_path: Path
) -> None:
    del company
    (tmp_path / "exchange_rates.csv").write_text(
        "day,currency,rate,source\n"
        "2026-03-02,USD,16250.50,BI\n"
        "2026-03-03,USD,16300,BI\n"
        "2026-03-03,eur,17800.25,BI\n"
        "2026-03-04,USD,163000,BI\n"
        "2026-03-04,XYZ,1,BI\n"
        "2026-03-04,IDR,1,BI\n"
        "2099-03-04,USD,16300,BI\n"
        "2026-03-05,USD,0,BI\n"
        "2026-03-03,USD,16300,BI\n",
        "utf-8",
    )

    def run(*, status: int) -> str:
        arguments = ["--mapping", "exchange_rates", "--data", str(tmp_path)]
        with app.app_context():
            result = CliRunner().invoke(command, arguments)
            db.session.remove()
        assert result.exit_code == status, result.output
        return result.output

    said = run(status=4)
    sign_in(client, "admin")
    rows = client.get(PATH).get_json()["rows"]
    assert [(row["day"], row["currency"], row["rate"]) for row in rows] == [
        ("2026-03-03", "EUR", "17800.25"),
        ("2026-03-03", "USD", "16300"),
        ("2026-03-02", "USD", "16250.5"),
    ]
    for reason in ("five times another", "with this code", "it needs no rate", "not come yet"):
        assert reason in said, said

    (tmp_path / "exchange_rates.csv").write_bytes(client.get("/exchange-rates.csv").get_data())
    assert "unchanged" in run(status=0)
    assert client.get(PATH).get_json()["rows"] == rows
