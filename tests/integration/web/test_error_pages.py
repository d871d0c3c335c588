"""What people see when something is missing, forbidden, broken or down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as RedisConnectionError

from server.platform.settings import Settings
from server.platform.web_errors import UnfitValueError
from shared.sync.ids import new_id
from tests.support.application import running_app


@pytest.fixture
def app_without_database(tmp_path: Path) -> Iterator[Flask]:
    """Give an application whose database does not answer."""
    nobody = "postgresql://nobody@127.0.0.1:9/nothing"
    settings = Settings(data=tmp_path, database_url=nobody, secret_key="only for tests")
    with running_app(settings, own=True) as app:
        app.add_url_rule("/broken", "broken", _break)
        app.add_url_rule("/no-queue", "no_queue", _miss_the_queue)
        app.add_url_rule("/unfit", "unfit", _refuse)
        yield app


def _break() -> str:
    raise ZeroDivisionError


def _miss_the_queue() -> str:
    raise RedisConnectionError


def _refuse() -> str:
    raise UnfitValueError


def get(app: Flask, path: str, language: str = "en") -> tuple[int, str]:
    client: FlaskClient = app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = new_id()
    client.set_cookie("language", language)
    answer = client.get(path)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "status", "english", "indonesian"),
    [
        ("/", 503, "The database does not answer", "Basis data tidak menjawab"),
        ("/no-queue", 503, "The job queue does not answer", "Antrean pekerjaan tidak menjawab"),
        ("/broken", 500, "Something went wrong on our side", "Terjadi kesalahan di sisi kami"),
        ("/unfit", 422, "That could not be done", "Itu tidak dapat dilakukan"),
        ("/sign-out", 405, "That could not be done", "Itu tidak dapat dilakukan"),
        ("/nowhere", 404, "Nothing to see here", "Tidak ada apa-apa di sini"),
    ],
)
def test_an_error_page_says_what_happened_even_without_a_database(
    app_without_database: Flask, path: str, status: int, english: str, indonesian: str
) -> None:
    for language, headline in (("en", english), ("id", indonesian)):
        answer = get(app_without_database, path, language)

        assert answer[0] == status
        assert f"<h1>{headline}</h1>" in answer[1]


def test_what_is_refused_has_its_reason_beside_it(app_without_database: Flask) -> None:
    assert "Some fields are missing or wrong." in get(app_without_database, "/unfit")[1]
    assert "method is not allowed" not in get(app_without_database, "/sign-out", "id")[1]


def test_an_error_tells_nothing_of_the_inside(app_without_database: Flask) -> None:
    _, page = get(app_without_database, "/broken")

    assert "ZeroDivisionError" not in page
    assert "Traceback" not in page


def test_a_stranger_reaches_the_sign_in_page_without_a_database(
    app_without_database: Flask,
) -> None:
    answer = app_without_database.test_client().get("/sign-in")

    assert answer.status_code == 200


def test_pages_forbid_scripts_and_frames_of_others(app_without_database: Flask) -> None:
    answer = app_without_database.test_client().get("/sign-in")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_language_is_the_one_the_browser_asks_for(app_without_database: Flask) -> None:
    answer = app_without_database.test_client().get(
        "/sign-in", headers={"Accept-Language": "id-ID,id;q=0.9,en;q=0.5"}
    )

    assert '<html lang="id">' in answer.get_data(as_text=True)
