"""An application of a company that has nothing yet, with addresses at which it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from flask import Flask, abort
from redis.exceptions import ConnectionError as RedisConnectionError

from server.identity.operations import create_user
from server.platform.errors import ForbiddenError
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.platform.web_errors import DatabaseDownError, UnfitValueError
from server.teams.operations import invitations
from shared.time import utc_now
from shared.vocabulary import Role
from tests.factories.company import PASSWORD, ZONE
from tests.support.application import running_app

ADMINISTRATOR = "boss"
_RAISED: dict[int, type[Exception]] = {
    403: ForbiddenError,
    422: UnfitValueError,
    500: ZeroDivisionError,
    503: DatabaseDownError,
    # Of a queue that is down there is another page.
    504: RedisConnectionError,
}
_ABORTED = (400, 405)
FAILING = tuple(f"/fails/{status}" for status in (*_ABORTED, *_RAISED))
"""Addresses of the error pages, as the application answers after such an error."""


@contextmanager
def running_empty_app(data: Path, database_url: str) -> Iterator[Flask]:
    """Give the application on a migrated, empty database, to which it adds an administrator."""
    settings = Settings(data=data, database_url=database_url, secret_key="only for tests")
    with running_app(settings, own=True) as app:
        for status, error in _RAISED.items():
            app.add_url_rule(f"/fails/{status}", f"fails_{status}", partial(_fail, error))
        for status in _ABORTED:
            app.add_url_rule(f"/fails/{status}", f"fails_{status}", partial(abort, status))
        with app.app_context(), transaction():
            boss = create_user(
                code=ADMINISTRATOR,
                name="The Boss",
                role=Role.ADMIN,
                time_zone=ZONE,
                at=utc_now(),
                password=PASSWORD,
            )
            app.extensions["invitation"] = invitations.invite(
                user_id=boss.id, at=utc_now(), by=boss.id
            )
        yield app


def _fail(error: type[Exception]) -> str:
    raise error
