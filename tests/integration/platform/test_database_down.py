"""When the database does not answer: phones are told to come back, people are told in words."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from tests.factories.company import found_company, sign_in
from tests.support.databases import migrate
from tests.support.postgres import running_postgres


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Give a client that was signed in before the database went away."""
    tmp_path = tmp_path_factory.mktemp("down")
    with running_postgres() as postgres:
        url = postgres.url(postgres.create_database())
        migrate(url, tmp_path)
        app = create_app(Settings(data=tmp_path, database_url=url, secret_key="only for tests"))
        with app.app_context(), transaction():
            found_company()
        client = app.test_client()
        sign_in(client, "budi")
    yield client
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_programs_are_told_to_try_again(client: FlaskClient) -> None:
    answer = client.get("/api/v1/visits")

    assert answer.status_code == 503
    assert answer.get_json()["code"] == "database_down"
    assert int(answer.headers["Retry-After"]) > 0


def test_phones_are_told_to_try_again(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/sync/pull", json={"v": 1}, headers={"Authorization": "Device anything"}
    )

    assert answer.status_code == 503
    assert answer.get_json()["code"] == "database_down"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "database does not answer"), ("id", "Basis data")]
)
def test_people_are_told_in_words(client: FlaskClient, language: str, words: str) -> None:
    answer = client.get("/visits", headers={"Accept-Language": language})

    assert answer.status_code == 503
    assert words in answer.get_data(as_text=True)


def test_the_health_check_fails(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 503
