"""The command `enrolment-code`."""

import json
import stat

from click.testing import CliRunner
from flask import Flask

from server.identity.commands import FILE_NAME, enrolment_code
from server.identity.operations import enrol
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company


def test_the_printed_code_makes_a_phone_the_reps(app: Flask, company: Company) -> None:
    with app.app_context():
        printed = CliRunner().invoke(enrolment_code, ["sari"])

        assert printed.exit_code == 0
        with transaction():
            enrolment = enrol(
                code=printed.output.strip(),
                device_id=new_id(),
                device_name="Phone",
                app_version="1",
                secret_key="only for tests",
                at=utc_now(),
            )
            assert enrolment.user.id == company.sari


def test_the_code_can_be_left_in_a_file_for_its_owner_only(
    app: Flask, company: Company, settings: Settings
) -> None:
    with app.app_context():
        printed = CliRunner().invoke(enrolment_code, ["sari", "--file"])

    path = settings.data / FILE_NAME
    assert json.loads(path.read_text()) == {
        "server": f"http://127.0.0.1:{settings.port}",
        "code": printed.output.strip(),
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unknown_rep_is_named(app: Flask, company: Company) -> None:
    with app.app_context():
        printed = CliRunner().invoke(enrolment_code, ["nobody"])

    assert printed.exit_code == 1
    assert "There is no user nobody." in printed.output
