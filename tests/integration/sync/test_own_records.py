"""A rep's copy of everything holds what the office has about that rep, and nobody else's rows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.tokens import ACCESS_TOKEN, REFRESH_TOKEN
from mobile.services.records import RecordsService
from mobile.storage.export_files import ExportFiles
from mobile.sync.own_records import OwnRecords
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset


def office(phone: Handset, *, is_online: bool = True) -> OwnRecords:
    return OwnRecords(
        database=phone.database,
        api=phone.api,
        connectivity=SwitchedConnectivity(is_online=is_online),
    )


def a_visit(phone: Handset, customer_id: str) -> str:
    phone.day.start_day()
    visit = phone.visits.check_in(customer_id=customer_id, fix=phone.fix(MAJU))
    phone.take_photo(visit.id)
    return visit.id


def test_the_copy_has_the_offices_rows_and_how_long_they_are_kept(
    phone: Handset, company: Company, tmp_path: Path
) -> None:
    visit_id = a_visit(phone, company.maju)
    phone.synchronize()
    service = RecordsService(
        recorder=phone.recorder, files=ExportFiles(tmp_path / "copies"), office=office(phone).fetch
    )

    saved = service.save_copy()

    assert saved.office_problem == ""
    rows = json.loads(saved.file.read_text())["at_the_office"]
    assert [row["id"] for row in rows["visits"]] == [visit_id]
    assert (rows["check_ins"][0]["latitude"], rows["check_ins"][0]["visit_id"]) == (
        MAJU[0],
        visit_id,
    )
    assert [row["visit_id"] for row in rows["photos"]] == [visit_id]
    assert [row["given"] for row in rows["consents"]] == [True]
    assert service.read().office_keeps_days == 90


def test_another_time_for_keeping_routes_is_heard_with_the_next_sync(
    phone: Handset, company: Company, tmp_path: Path
) -> None:
    service = RecordsService(
        recorder=phone.recorder, files=ExportFiles(tmp_path), office=office(phone).fetch
    )
    settings = company.app.extensions["settings"]
    company.app.extensions["settings"] = replace(settings, track_retention_days=30)
    try:
        phone.synchronize()
    finally:
        company.app.extensions["settings"] = settings

    assert service.read().office_keeps_days == 30


def test_a_route_after_the_rep_switched_it_off_is_refused(phone: Handset) -> None:
    phone.day.start_day()
    phone.day.consent(given=False)
    fixes = [[round(utc_now().timestamp() * 1000), -6.2, 106.9, 9, 0]]
    with phone.recorder.action() as action:  # past the phone's own rule
        action.create("track", new_id(), {"time_zone": "Asia/Jakarta", "fixes": fixes})

    phone.synchronize()

    assert [record.reason for record in phone.sync.records() if record.reason] == [
        "track.no_consent"
    ]


def test_without_a_network_nothing_is_asked(phone: Handset) -> None:
    assert office(phone, is_online=False).fetch() == (None, "offline")


def test_a_token_that_has_run_out_is_renewed_and_a_dead_one_is_told(phone: Handset) -> None:
    phone.secrets.write(ACCESS_TOKEN, "x")
    rows, problem = office(phone).fetch()
    assert rows is not None
    assert problem == ""

    phone.secrets.write(ACCESS_TOKEN, "x")
    phone.secrets.write(REFRESH_TOKEN, "x")
    rows, problem = office(phone).fetch()
    assert rows is None
    assert problem.startswith("token_")


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"[]"])
def test_an_answer_of_somebody_else_is_none(
    phone: Handset, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    real = phone.network.request

    def answer(*arguments: object, **options: object) -> object:
        response = real(*arguments, **options)  # type: ignore[arg-type]
        monkeypatch.setattr(type(response), "data", body)
        return response

    monkeypatch.setattr(phone.network, "request", answer)

    assert office(phone).fetch() == (None, "offline")
