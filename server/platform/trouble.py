"""What went wrong on the way to another server, in the words of whoever has to mend it."""

import smtplib
import socket
import ssl

from flask_babel import gettext

from shared.i18n import N_

# A kind of error stands before those that it is one of.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, N_("its certificate is not trusted: %(why)s")),
    (socket.gaierror, N_("there is no such host")),
    (TimeoutError, N_("it does not answer")),
    (ConnectionRefusedError, N_("it refuses the connection")),
    (ConnectionError, N_("it broke off the connection")),
    (smtplib.SMTPServerDisconnected, N_("it broke off the connection")),
    (smtplib.SMTPAuthenticationError, N_("it does not take this user and password: %(why)s")),
    (smtplib.SMTPRecipientsRefused, N_("it takes no mail for this address: %(why)s")),
    (smtplib.SMTPSenderRefused, N_("it takes no mail from this sender: %(why)s")),
)


def words_of(error: Exception) -> str:
    """Return what is wrong, in the language in force; the error's own words if it is a rare one."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return gettext(words, why=_own_words(error))
    return _own_words(error)


def _own_words(error: Exception) -> str:
    answer: tuple[object, ...] = ()
    match error:
        case ssl.SSLCertVerificationError():
            return error.verify_message
        case smtplib.SMTPRecipientsRefused():
            answer = next(iter(error.recipients.values()), ())
        case smtplib.SMTPResponseException():
            answer = (error.smtp_code, error.smtp_error)
    said = " ".join(
        each.decode(errors="replace") if isinstance(each, bytes) else str(each) for each in answer
    )
    return said or str(error) or type(error).__name__
