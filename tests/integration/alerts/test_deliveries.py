"""Alerts by mail and by webhook: to those who want them and may see them, until they are there."""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from server.alerts.jobs import send_alerts
from server.alerts.models import AlertDelivery, AlertRule, Channel
from server.alerts.operations import deliveries
from server.platform import webhooks
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.platform.webhooks import WebhookError
from shared.time import utc_now
from tests.factories.company import FOUNDED_AT, Company, sign_in
from tests.integration.alerts.test_alerts import HOUR, NINE, look, trouble
from tests.support.forms import send, take_back
from tests.support.mail import MailServer, running_mail_server

ADDRESS = "budi@example.com"
OVERRIDE = AlertRule.OVERRIDE_USED


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.status = 200
        self.posts: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/alerts?key=1"


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.headers["Tapak-Signature"], body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def settings(database_url: str, tmp_path: Path, mail_server: MailServer) -> Settings:
    return Settings(
        data=tmp_path,
        database_url=database_url,
        secret_key="only for tests",
        public_url="https://tapak.example/",
        smtp_host="127.0.0.1",
        smtp_port=mail_server.port,
        smtp_security="none",
        mail_from="Tapak <tapak@example.com>",
        webhooks_private=True,
    )


def choose(client: FlaskClient, who: str, **fields: str) -> tuple[int, str]:
    """Send the form of the rules as it stands, with these fields typed over."""
    sign_in(client, who)
    answer = send(client, "/alerts/rules", **fields)
    return answer.status_code, answer.text


def go_wrong(company: Company) -> None:
    with transaction():
        trouble(company)
    assert look(NINE + 2 * HOUR) > 0


def later() -> int:
    """Send what waits to be tried again, as if its time had come."""
    with transaction():
        db.session.execute(update(AlertDelivery).values(next_at=FOUNDED_AT))
    return send_alerts()


def test_alerts_go_where_people_want_them_once(
    app: Flask, client: FlaskClient, company: Company, mail_server: MailServer, receiver: Receiver
) -> None:
    wanted = {f"{channel}-{OVERRIDE}": "yes" for channel in Channel}
    status, page = choose(client, "budi", email=ADDRESS, webhook_url=receiver.url, **wanted)
    assert status == 200
    secret = re.search(r"<code>([^<]+)</code>", page)
    assert secret
    # Dewi leads another team, and Sari is no manager.
    choose(client, "dewi", email="dewi@example.com", **wanted)

    with app.app_context():
        go_wrong(company)
        with transaction():
            taken = deliveries.claim(at=utc_now())
            assert len(taken) == 2
            assert deliveries.claim(at=utc_now()) == []
        assert later() == 2
        assert later() == 0

    [(receivers, mail)] = mail_server.mails
    assert receivers == [ADDRESS]
    assert "Sari" in mail["Subject"]
    assert "https://tapak.example/visits/" in mail.get_content()
    [(signed, body)] = receiver.posts
    second, _, made = signed.removeprefix("t=").partition(",v1=")
    expected = hmac.new(secret[1].encode(), f"{second}.".encode() + body, hashlib.sha256)
    assert hmac.compare_digest(made, expected.hexdigest())
    [alert] = json.loads(body)["alerts"]
    assert (alert["rule"], alert["rep"]["id"]) == (OVERRIDE, company.sari)


def test_what_does_not_get_there_is_tried_again_and_said(
    app: Flask, client: FlaskClient, company: Company, mail_server: MailServer, receiver: Receiver
) -> None:
    wanted = {f"{channel}-{OVERRIDE}": "yes" for channel in Channel}
    choose(client, "admin", email=ADDRESS, webhook_url=receiver.url, **wanted)
    mail_server.refuses, receiver.status = True, 302
    with app.app_context():
        go_wrong(company)
        assert send_alerts() == 0
        waiting = db.session.scalars(select(AlertDelivery)).all()
        assert all(each.next_at > utc_now() for each in waiting)
        errors = sorted(each.error for each in waiting)
        assert "451" in errors[1]
        assert "answers 302" in errors[0]
        assert len(receiver.posts) == 1  # the redirect was not followed
        page = client.get("/alerts/rules").get_data(as_text=True)
        assert "did not get there" in page
        mail_server.refuses = False
        assert later() == 1
        for _ in deliveries.PAUSES:
            later()
        states = {
            each.channel: (each.sent_at is not None, each.given_up_at is not None)
            for each in db.session.scalars(select(AlertDelivery))
        }
        assert states == {Channel.EMAIL: (True, False), Channel.WEBHOOK: (False, True)}


def test_a_test_message_says_what_came_of_it(
    client: FlaskClient, company: Company, mail_server: MailServer, receiver: Receiver
) -> None:
    asked = {"email": ADDRESS, "webhook_url": receiver.url}
    assert "has gone to budi@example.com" in choose(client, "budi", **asked, test="email")[1]
    assert "has gone to http://127.0.0.1" in choose(client, "budi", **asked, test="webhook")[1]
    [(receivers, mail)] = mail_server.mails
    assert (receivers, mail["Subject"]) == ([ADDRESS], "Tapak: a test message")
    [(signed, body)] = receiver.posts
    assert json.loads(body) == {"alerts": [], "test": True}
    assert signed.startswith("t=")

    mail_server.refuses, receiver.status = True, 500
    for channel, said in (("email", "451"), ("webhook", "answers 500")):
        page = choose(client, "budi", **asked, test=channel)[1]
        assert "did not get there" in page
        assert said in page
    assert "no address is given" in choose(client, "budi", email="", test="email")[1]


def test_one_message_that_cannot_be_made_holds_up_no_other(
    app: Flask,
    client: FlaskClient,
    company: Company,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = {f"{channel}-{OVERRIDE}": "yes" for channel in Channel}
    choose(client, "budi", email=ADDRESS, webhook_url=receiver.url, **wanted)

    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("server.alerts.jobs.send_mail", fail)
    with app.app_context():
        go_wrong(company)
        assert send_alerts() == 1
        error = select(AlertDelivery.error).where(AlertDelivery.channel == Channel.EMAIL)
        assert db.session.scalar(error) == "unexpected: RecursionError"
    assert len(receiver.posts) == 1


def test_undo_brings_a_webhook_back_with_its_secret(client: FlaskClient, company: Company) -> None:
    del company

    def secret_of(page: str) -> str:
        return ([*re.findall(r"<code>([^<]+)</code>", page), ""])[0]

    first = secret_of(choose(client, "budi", webhook_url="https://one.example/hook")[1])
    page = choose(client, "budi", webhook_url="https://two.example/hook")[1]
    second = secret_of(page)
    assert len({first, second, ""}) == 3

    page = take_back(client, page).text
    assert ("https://one.example/hook" in page, secret_of(page)) == (True, first)
    page = take_back(client, page).text
    assert ("https://two.example/hook" in page, secret_of(page)) == (True, second)

    page = choose(client, "budi", webhook_url="")[1]
    assert secret_of(take_back(client, page).text) == second
    # Typed anew it is a new one: so a secret that leaked is replaced.
    choose(client, "budi", webhook_url="")
    page = choose(client, "budi", webhook_url="https://two.example/hook")[1]
    assert secret_of(page) not in {first, second, ""}


def test_addresses_that_are_none_are_said_and_kept_in_the_form(
    client: FlaskClient, company: Company
) -> None:
    for fields, part in (
        ({"email": "budi@"}, "This is no e-mail address."),
        ({"webhook_url": "ftp://example.com"}, "Nothing can be sent there"),
    ):
        status, page = choose(client, "budi", **fields)
        assert status == 422
        assert part in page
        assert f'value="{next(iter(fields.values()))}"' in page
    sign_in(client, "sari")
    assert client.get("/alerts/rules").status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://user@example.com/",
        "https:///path",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00::1]/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://100.64.0.1/",
        "https://example.com:70000/",
        "https://example.com/a b",
        "https://localhost/",
    ],
)
def test_nothing_is_posted_into_the_own_network(url: str) -> None:
    with pytest.raises(WebhookError):
        webhooks.post(url, b"{}", secret="s", at=utc_now())


def test_a_public_address_may_be_posted_to() -> None:
    webhooks.check_url("https://93.184.215.14:8443/hook?a=b", may_be_private=False)
    webhooks.check_url("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", may_be_private=False)


@pytest.mark.parametrize("url", ["https://hooks..example/", f"https://{'a' * 64}.example/"])
def test_a_name_that_cannot_be_looked_up_is_an_error_like_any_other(url: str) -> None:
    with pytest.raises(WebhookError):
        webhooks.post(url, b"{}", secret="s", at=utc_now())
