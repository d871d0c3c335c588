"""What a rep sends, and what an office prints, when sync does not do what it should."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mobile.device.phone import PhoneDescription
from mobile.device.tokens import ACCESS_TOKEN, MAC_KEY, REFRESH_TOKEN
from mobile.services.diagnosis import DiagnosisService
from mobile.storage import contents
from mobile.storage.export_files import ExportFiles
from mobile.sync.answers import OfflineError
from server.identity.models import User
from server.platform.database import db
from server.sync import commands
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault


def report_of(phone: Handset, folder: Path) -> tuple[dict[str, object], str]:
    service = DiagnosisService(
        recorder=phone.recorder,
        files=ExportFiles(folder),
        phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
    )
    text = service.save().read_text()
    return json.loads(text), text


def test_both_reports_agree_and_hold_no_record(
    phone: Handset, company: Company, tmp_path: Path
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.write_notes(visit.id, "a secret word")
    phone.synchronize()
    phone.visits.cancel(visit.id, "closed")
    phone.network.next(Fault.LOSE_REQUEST)
    with pytest.raises(OfflineError):
        phone.synchronize()

    report, text = report_of(phone, tmp_path / "copies")
    with company.app.app_context():
        code = db.session.get_one(User, company.sari).code
        db.session.rollback()
        result = CliRunner().invoke(commands.group, ["phone", code])
    assert result.exit_code == 0, result.output
    office = json.loads(result.output)

    [device] = office["phones"]
    assert report["phone"]["id"] == device["id"]  # type: ignore[index]
    assert report["chain"]["settled"] == device["through"]  # type: ignore[index]
    assert report["changes"]["waiting"] == 1  # type: ignore[index]
    assert report["attempts"][0]["problem"] == "offline"  # type: ignore[index]
    assert report["database"]["check"] == "ok"  # type: ignore[index]
    assert report["contents"]["at_ms"] > 0  # type: ignore[index]
    with phone.database.read() as connection:
        assert contents.wanted(connection, now_ms=phone.recorder.read_clock().wall_ms) == ()
    assert {one["scope"]: one["position"] for one in report["scopes"]} == {  # type: ignore[attr-defined]
        one["scope"]: one["head"] for one in office["scopes"]
    }
    secrets = [phone.secrets.read(name) for name in (ACCESS_TOKEN, REFRESH_TOKEN, MAC_KEY)]
    for private in (*secrets, "a secret word", "Toko Maju", str(MAJU[0])):
        assert private
        assert private not in text
        assert private not in result.output


def test_what_was_refused_is_named(phone: Handset, company: Company) -> None:
    with company.app.app_context():
        code = db.session.get_one(User, company.sari).code
        unknown = CliRunner().invoke(commands.group, ["phone", "nobody"])
    assert unknown.exit_code == 1
    assert "nobody has the code" in unknown.output
    with phone.recorder.action() as action:
        action.command("stop.cancel", company.jaya, {"reason": "closed"})
    phone.synchronize()

    with company.app.app_context():
        office = json.loads(CliRunner().invoke(commands.group, ["phone", code]).output)

    [refused] = office["refused"]
    assert (refused["entity"], refused["status"]) == ("stop.cancel", "rejected")
    assert refused["code"]
