"""Sending mail through the company's own mail server."""

import datetime as dt
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from flask_babel import gettext

from server.platform.settings import Settings
from server.platform.trouble import words_of

_TIMEOUT_S = 20.0
_SECURITIES = ("starttls", "tls", "none")


class MailError(Exception):
    """A mail was not taken; the message says why, for people and in the language in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail in plain text."""

    to: str
    subject: str
    text: str
    at: dt.datetime
    id: str
    """The same when it is sent again, so that a mail server or program can tell."""


def can_send_mail(settings: Settings) -> bool:
    """Return whether a mail server is set."""
    return bool(settings.smtp_host and settings.mail_from)


def send_mail(mail: Mail, *, settings: Settings) -> None:
    """
    Hand a mail to the mail server.

    :raises MailError: if it is not set, does not answer or does not take the mail
    """
    if not can_send_mail(settings):
        raise MailError(gettext("TAPAK_SMTP_HOST and TAPAK_MAIL_FROM are not set"))
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{settings.mail_from.rpartition('@')[2].strip('> ')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    try:
        with _connect(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        raise MailError(f"{settings.smtp_host}: {words_of(error)}") from error


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port, security = settings.smtp_host, settings.smtp_port, settings.smtp_security.lower()
    if security not in _SECURITIES:
        raise MailError(
            gettext("TAPAK_SMTP_SECURITY is one of %(choices)s", choices=", ".join(_SECURITIES))
        )
    context = ssl.create_default_context()
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
    if security == "starttls":
        try:
            server.starttls(context=context)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server
