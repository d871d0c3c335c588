"""A certificate out of its time: the phone's clock is years behind, or nobody has renewed it."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from mobile.storage import device
from mobile.sync.answers import OfflineError
from mobile.sync.api_client import ApiClient
from mobile.sync.connections import new_pool
from mobile.sync.engine import Phone, synchronize
from server.identity.models import Device
from server.platform.database import db
from server.visits.models import Visit
from shared.time import utc_now
from tests.fakes.company import MAJU, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.databases import mostly_on

_YEARS = dt.timedelta(days=26 * 365)
"""What 2000 lacks of today. OpenSSL reads the machine's clock, so the certificate moves instead."""
_VALID = dt.timedelta(days=90)


@dataclass(frozen=True)
class Case:
    """When a certificate begins, from today; how the phone's clock is; what is said of it."""

    begins: dt.timedelta
    clock_off: dt.timedelta
    words: str


CASES = {
    "of the future": Case(_YEARS, -_YEARS, "not yet valid"),
    "expired": Case(-_VALID - dt.timedelta(hours=1), dt.timedelta(), "has expired"),
}


@dataclass(frozen=True)
class OverTls:
    """A server with one certificate, until it gets another."""

    url: str
    trusted: Path
    context: ssl.SSLContext
    renewed: Path

    def renew(self) -> None:
        """Let connections from now on find a certificate of today."""
        self.context.load_cert_chain(self.renewed)


@contextmanager
def over_tls(app: Flask, folder: Path, begins: dt.timedelta) -> Iterator[OverTls]:
    """Serve the application by HTTPS; its first certificate begins so long after today."""
    first, renewed = folder / "first.pem", folder / "renewed.pem"
    certificates = make_certificate(first, begins) + make_certificate(renewed, dt.timedelta())
    trusted = folder / "trusted.pem"
    trusted.write_bytes(certificates)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(first)
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield OverTls(f"https://127.0.0.1:{server.server_port}", trusted, context, renewed)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(file: Path, begins: dt.timedelta) -> bytes:
    """Write a certificate with its key into a file; return it without."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, file.name)])
    since = utc_now() + begins
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + _VALID)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(public + private)
    return public


@pytest.mark.fault("link", "the phone's year is 2000, TLS refuses")
@pytest.mark.fault("link", "the server's certificate has expired, and is renewed")
@pytest.mark.parametrize("name", CASES)
@mostly_on("sqlite")
def test_a_certificate_out_of_its_time_is_no_answer_and_the_work_waits(
    app: Flask, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    company = found_company(app)
    handset = Handset(tmp_path / "phone.db", Network(app))
    handset.enrol(company.enrolment_code(company.sari))
    with app.app_context():
        seen_at = db.session.scalars(select(Device.last_seen_at)).one()
    visit = handset.visits.check_in(customer_id=company.maju, fix=handset.fix(MAJU))
    handset.clock.off = case.clock_off
    with over_tls(app, tmp_path, case.begins) as server:
        with handset.database.write() as connection:
            connection.execute("UPDATE device SET server_url = ?", (server.url,))
            assert device.get(connection).server_url == server.url
        pool = new_pool(ca_certs=str(server.trusted))
        api = ApiClient(secrets=handset.secrets, pool=pool)
        phone = Phone(
            database=handset.database,
            api=api,
            read_clock=handset.phone.read_clock,
            read_key=handset.recorder.read_key,
        )

        for _ in range(2):
            with pytest.raises(OfflineError, match=case.words):
                synchronize(phone)

        assert handset.sync.status().problem == OfflineError.code
        assert handset.sync.status().waiting > 0
        with app.app_context():  # neither a change nor a token has left the phone
            assert db.session.scalars(select(Device.last_seen_at)).one() == seen_at
            assert db.session.scalars(select(Visit.id)).all() == []
            db.session.rollback()
        server.renew()

        assert synchronize(phone).needs_you == 0  # the phone's year is as wrong as it was

        api.close()
    assert handset.sync.status().waiting == 0
    with app.app_context():
        assert db.session.scalars(select(Visit.id)).all() == [visit.id]
    handset.switch_off()
