"""Who sees photos, how they are served, and what their page says about them."""

import datetime as dt
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from server.customers.operations import propose_location
from server.photos import jobs
from server.photos.operations import records
from server.photos.operations.files import PhotoFolder
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from tests.factories.company import Company, found_company, sign_in
from tests.factories.photos import a_picture, hash_of, keep_photo
from tests.factories.visits import MONDAY_9, record_visit

PICTURE = a_picture(1, width=900, height=600)


@pytest.fixture
def company(app: Flask) -> Company:
    with app.app_context(), transaction():
        return found_company()


@pytest.fixture
def visit_id(app: Flask, company: Company) -> str:
    with app.app_context(), transaction():
        return record_visit(rep_id=company.sari, customer_id=company.shop)


@pytest.fixture
def photo_id(app: Flask, settings: Settings, company: Company, visit_id: str) -> str:
    """Return a photo of Sari's (east) whose bytes are here."""
    folder = PhotoFolder(settings.photos)
    with app.app_context(), transaction():
        return keep_photo(rep_id=company.sari, visit_id=visit_id, picture=PICTURE, folder=folder)


@pytest.mark.parametrize(
    ("name", "status"), [("admin", 200), ("budi", 200), ("sari", 200), ("dewi", 404), ("joko", 404)]
)
def test_a_photo_is_seen_by_those_who_may_see_its_visit(
    client: FlaskClient, photo_id: str, visit_id: str, name: str, status: int
) -> None:
    sign_in(client, name)

    for path in (f"/photos/{photo_id}", f"/photos/{photo_id}/thumbnail"):
        assert client.get(path).status_code == status
    rows = client.get(f"/api/v1/photos?visit={visit_id}").get_json()
    assert [row["sha256"] for row in rows] == ([hash_of(PICTURE)] if status == 200 else [])


def test_a_proposed_point_comes_with_the_photos_of_that_visit(
    app: Flask, client: FlaskClient, company: Company, photo_id: str
) -> None:
    with app.app_context(), transaction():
        for rep_id, at in (
            (company.sari, MONDAY_9 + dt.timedelta(minutes=2)),
            (company.joko, MONDAY_9),
            (company.sari, MONDAY_9 + dt.timedelta(days=2)),
        ):
            propose_location(
                proposal_id=new_id(),
                customer_id=company.shop,
                rep_id=rep_id,
                latitude=-6.179,
                longitude=106.8272,
                accuracy_m=12.0,
                at=at,
            )

    page = sign_in(client, "budi").get("/customers/proposals").get_data(as_text=True)

    assert page.count("Proposed point with its accuracy") == 3
    assert page.count(f'src="/photos/{photo_id}/thumbnail"') == 1


def test_a_stranger_sees_none(client: FlaskClient, photo_id: str, visit_id: str) -> None:
    assert client.get(f"/photos/{photo_id}").status_code == 302
    assert client.get(f"/api/v1/photos?visit={visit_id}").status_code == 401


def test_a_photo_is_served_as_nothing_but_a_picture(client: FlaskClient, photo_id: str) -> None:
    sign_in(client, "budi")

    answer = client.get(f"/photos/{photo_id}")

    assert answer.data == PICTURE
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["Content-Security-Policy"] == policy
    assert "private" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    fresh = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"/photos/{photo_id}", headers=fresh).status_code == 304


def test_small_pictures_are_made_by_a_job_and_hold_the_pixels_alone(
    app: Flask, client: FlaskClient, settings: Settings, company: Company, visit_id: str
) -> None:
    exif = Image.Exif()
    exif[0x0132] = "2019:01:01 10:00:00"
    exif[0x0112] = 6  # lies on its side
    picture = a_picture(2, width=900, height=600, exif=exif)
    with app.app_context(), transaction():
        folder = PhotoFolder(settings.photos)
        photo_id = keep_photo(
            rep_id=company.sari, visit_id=visit_id, picture=picture, folder=folder
        )
    sign_in(client, "budi")
    assert client.get(f"/photos/{photo_id}/thumbnail").data == picture

    with app.app_context():
        jobs.make_thumbnails()
        jobs.make_thumbnails()

    small = client.get(f"/photos/{photo_id}/thumbnail")
    with Image.open(io.BytesIO(small.data)) as image:
        assert (image.size, image.format) == ((320, 480), "JPEG")
        assert not image.getexif()


def test_the_page_of_a_visit_shows_photo_hash_time_and_what_was_taken_back(
    app: Flask, client: FlaskClient, company: Company, visit_id: str, photo_id: str
) -> None:
    with app.app_context(), transaction():
        keep_photo(rep_id=company.sari, visit_id=visit_id, picture=a_picture(3))
        removed = keep_photo(rep_id=company.sari, visit_id=visit_id, picture=a_picture(4))
        records.withdraw(
            photo_id=removed,
            rep_id=company.sari,
            withdrawn=True,
            at=MONDAY_9,
            received_at=MONDAY_9,
        )
    sign_in(client, "budi")

    page = client.get(f"/visits/{visit_id}").get_data(as_text=True)

    assert f'href="/photos/{photo_id}"' in page
    assert f'src="/photos/{photo_id}/thumbnail"' in page
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    [check_in, _check_out] = json.loads(found[1])["events"]
    assert check_in["words"][:3] == ["Check-in 09:00", "Time verified", "At the outlet"]
    assert check_in["reach_m"] == pytest.approx(16.2)
    assert [photo["url"] for photo in check_in["photos"]] == [f"/photos/{photo_id}"]
    assert hash_of(PICTURE) in page
    assert "Time verified" in page
    assert "Still on the phone" in page
    assert "The rep removed 1 photo before the check-out." in page
    assert removed not in page
    assert client.get(f"/photos/{removed}").status_code == 404


def test_after_the_check_out_photos_stay(app: Flask, company: Company, photo_id: str) -> None:
    with app.app_context(), transaction(), pytest.raises(records.VisitOverError):
        records.withdraw(
            photo_id=photo_id,
            rep_id=company.sari,
            withdrawn=True,
            at=MONDAY_9.replace(hour=9),
            received_at=MONDAY_9,
        )
