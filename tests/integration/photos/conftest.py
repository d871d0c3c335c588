"""A phone with a visit, and photos as bytes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobile.device.tokens import ACCESS_TOKEN
from tests.factories.photos import Uploads, record_photo
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import company, new_phone, phone

__all__ = ["company", "new_phone", "phone"]


@pytest.fixture
def visit(phone: Handset) -> str:
    """Return a visit of Sari's that is under way and known to the server."""
    [first, *_] = phone.customers.search("maju")
    visit = phone.visits.check_in(customer_id=first.id, fix=None)
    phone.synchronize()
    return visit.id


@pytest.fixture
def uploads(app: Flask, phone: Handset) -> Uploads:
    """Return a plain HTTP client that speaks tus as Sari's phone."""
    return uploads_of(app.test_client(), phone)


def uploads_of(client: FlaskClient, handset: Handset) -> Uploads:
    """Return a client that speaks tus as a phone."""
    return Uploads(client, handset.secrets.read(ACCESS_TOKEN) or "")


def record(handset: Handset, visit_id: str, picture: bytes) -> str:
    """Record a photo on a phone and send the record; return its id."""
    photo_id = record_photo(handset.recorder, visit_id, picture)
    handset.synchronize()
    return photo_id
