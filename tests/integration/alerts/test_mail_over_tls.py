"""Mail goes over TLS to a server whose certificate is trusted, and to no other."""

from pathlib import Path

import pytest

from server.platform.mail import Mail, MailError, send_mail
from server.platform.settings import Settings
from shared.time import utc_now
from tests.support.mail import CERTIFICATE, running_mail_server

MAIL = Mail(to="budi@example.com", subject="Halo", text="Sore, Budi.\n", at=utc_now(), id="1")


def settings_of(data: Path, port: int, security: str) -> Settings:
    return Settings(
        data=data,
        smtp_host="localhost",
        smtp_port=port,
        smtp_security=security,
        smtp_user="tapak",
        smtp_password="rahasia",
        mail_from="Tapak <tapak@example.com>",
    )


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_is_encrypted_and_sent_as_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with running_mail_server(security=security) as server:
        send_mail(MAIL, settings=settings_of(tmp_path, server.port, security))

    [(receivers, mail)] = server.mails
    assert (receivers, mail["Subject"]) == (["budi@example.com"], "Halo")
    assert mail.get_content().strip() == "Sore, Budi."
    assert server.signed_in == ["tapak:rahasia"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_nobody_vouches_for_gets_neither_password_nor_mail(
    tmp_path: Path, security: str
) -> None:
    with (
        running_mail_server(security=security) as server,
        pytest.raises(MailError, match="certificate"),
    ):
        send_mail(MAIL, settings=settings_of(tmp_path, server.port, security))

    assert (server.mails, server.signed_in) == ([], [])


def test_a_server_without_tls_gets_neither_where_tls_is_asked_for(tmp_path: Path) -> None:
    with (
        running_mail_server(security="none") as server,
        pytest.raises(MailError, match="STARTTLS"),
    ):
        send_mail(MAIL, settings=settings_of(tmp_path, server.port, "starttls"))

    assert (server.mails, server.signed_in) == ([], [])
