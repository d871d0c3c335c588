"""A phone whose clock is years behind takes the server's certificate for one of the future."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import func, select

from mobile.storage import device
from mobile.sync.answers import OfflineError
from mobile.sync.api_client import ApiClient
from mobile.sync.engine import Phone, synchronize
from server.platform.database import db
from server.visits.models import Visit
from shared.time import utc_now
from tests.fakes.company import MAJU, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.databases import mostly_on

_YEARS = dt.timedelta(days=26 * 365)
"""What 2000 lacks of today. OpenSSL reads the machine's clock, so the certificate moves instead."""


@contextmanager
def https_server(folder: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """Give the URL of a server of the future, its certificate, and the paths it was asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begins = utc_now() + _YEARS
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=90))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "server.pem", folder / "server.key"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_error(500)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", trusted, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.fault("link", "the phone's year is 2000, TLS refuses")
@mostly_on("sqlite")
def test_a_certificate_of_the_future_is_no_answer_and_the_work_waits(
    app: Flask, tmp_path: Path
) -> None:
    company = found_company(app)
    handset = Handset(tmp_path / "phone.db", Network(app))
    handset.enrol(company.enrolment_code(company.sari))
    visit = handset.visits.check_in(customer_id=company.maju, fix=handset.fix(MAJU))
    handset.clock.off = -_YEARS
    with https_server(tmp_path) as (url, trusted, asked):
        with handset.database.write() as connection:
            usual = device.get(connection).server_url
            connection.execute("UPDATE device SET server_url = ?", (url,))
        pool = urllib3.PoolManager(retries=False, ca_certs=str(trusted))
        over_tls = ApiClient(secrets=handset.secrets, pool=pool)
        phone = Phone(database=handset.database, api=over_tls, read_clock=handset.phone.read_clock)

        with pytest.raises(OfflineError, match="not yet valid"):
            synchronize(phone)

        over_tls.close()
        assert asked == []  # neither a change nor a token has left the phone
    assert handset.sync.status().problem == OfflineError.code
    assert handset.sync.status().waiting > 0
    with handset.database.write() as connection:
        connection.execute("UPDATE device SET server_url = ?", (usual,))

    assert handset.synchronize().needs_you == 0  # the year is still wrong

    assert handset.sync.status().waiting == 0
    with app.app_context():
        assert db.session.scalars(select(Visit.id)).all() == [visit.id]
        assert db.session.scalar(select(func.count(Visit.id))) == 1
    handset.switch_off()
