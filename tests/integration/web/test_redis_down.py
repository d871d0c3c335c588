"""When Redis does not answer, pages still open and say what waits."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from server.platform.redis_server import free_port
from server.platform.settings import Settings
from tests.factories.company import Company, sign_in
from tests.support.application import running_app

WORDS = {"en": "The job queue does not answer", "id": "Antrean pekerjaan tidak menjawab"}


@pytest.mark.parametrize("language", WORDS)
def test_people_are_told_that_the_queue_is_down(
    settings: Settings, company: Company, language: str
) -> None:
    del company
    nobody_listens = f"redis://127.0.0.1:{free_port()}/0"
    with running_app(replace(settings, redis_url=nobody_listens)) as app:
        client = sign_in(app.test_client(), "budi")

        page = client.get("/visits", headers={"Accept-Language": language})

    assert page.status_code == 200
    assert WORDS[language] in page.get_data(as_text=True)


def test_nothing_is_said_while_all_is_well(client: FlaskClient, company: Company) -> None:
    del company
    sign_in(client, "budi")

    assert WORDS["en"] not in client.get("/visits").get_data(as_text=True)
