"""An old photo raises its signal; the honest visits that look most like it raise none."""

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask
from PIL import Image

from server.photos.operations.files import PhotoFolder
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.signals import Rule
from tests.factories.company import Company
from tests.factories.photos import a_picture, keep_photo
from tests.factories.visits import MONDAY_9, record_visit
from tests.integration.signals.test_rules import raised

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _connected(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def dated_picture(made_at: str) -> bytes:
    exif = Image.Exif()
    exif[0x0132] = made_at
    return a_picture(9, exif=exif)


def test_the_same_picture_at_another_visit(company: Company) -> None:
    picture = a_picture(1)
    with transaction():
        monday = record_visit(rep_id=company.sari, customer_id=company.shop)
        keep_photo(rep_id=company.sari, visit_id=monday, picture=picture)
        tuesday = record_visit(
            rep_id=company.sari, customer_id=company.shop, at=MONDAY_9 + 24 * HOUR
        )
        keep_photo(rep_id=company.sari, visit_id=tuesday, picture=picture, at=MONDAY_9 + 24 * HOUR)

    assert raised() == [(Rule.REPLAYED_PHOTO, {"hours": 24})]


def test_a_colleagues_picture_also_where_the_first_arrives_last(company: Company) -> None:
    picture = a_picture(2)
    with transaction():
        later = record_visit(rep_id=company.rina, customer_id=company.kiosk, at=MONDAY_9 + HOUR)
        keep_photo(rep_id=company.rina, visit_id=later, picture=picture, at=MONDAY_9 + HOUR)
    assert raised() == []
    with transaction():
        first = record_visit(rep_id=company.sari, customer_id=company.shop)
        keep_photo(rep_id=company.sari, visit_id=first, picture=picture)

    assert raised() == [(Rule.REPLAYED_PHOTO, {"hours": 1})]


def test_a_file_older_than_its_record(company: Company, settings: Settings) -> None:
    folder = PhotoFolder(settings.photos)
    with transaction():
        visit = record_visit(rep_id=company.sari, customer_id=company.shop)
        keep_photo(
            rep_id=company.sari,
            visit_id=visit,
            picture=dated_picture("2026:02:27 09:00:00"),
            folder=folder,
        )

    assert raised() == [(Rule.REPLAYED_PHOTO, {"hours": 72})]


def test_honest_photos_raise_nothing(company: Company, settings: Settings) -> None:
    """Twice in one visit, of another zone, and the same shelf day after day."""
    folder = PhotoFolder(settings.photos)
    with transaction():
        visit = record_visit(rep_id=company.sari, customer_id=company.shop)
        for picture in (a_picture(3), a_picture(3), dated_picture("2026:03:02 01:00:00")):
            keep_photo(rep_id=company.sari, visit_id=visit, picture=picture, folder=folder)
        next_day = record_visit(
            rep_id=company.sari, customer_id=company.shop, at=MONDAY_9 + 24 * HOUR
        )
        keep_photo(
            rep_id=company.sari,
            visit_id=next_day,
            picture=a_picture(4),
            folder=folder,
            at=MONDAY_9 + 24 * HOUR,
        )

    assert raised() == []
