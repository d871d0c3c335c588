"""A mail server for tests: speaks SMTP, also over TLS, and keeps what it is given."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("mail_certificate.pem")
"""Made for localhost, with its key; signed by itself, so nobody trusts it who is not told to."""


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail from anybody, unless it is told to refuse."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, security: str) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.security = security
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.signed_in: list[str] = []
        """User and password, with a colon between them, of each that signed in."""
        self.refuses = False
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(CERTIFICATE)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        try:
            if self.server.security == "tls":
                self._encrypt()
            self._talk()
        except OSError:  # a client that does not trust the certificate hangs up
            return

    def _talk(self) -> None:
        self._say("220 ready")
        receivers: list[str] = []
        while line := self.rfile.readline():
            command = line.decode("ascii").strip()
            match command.upper().split(maxsplit=1)[:1]:
                case ["EHLO"]:
                    self._say("250-localhost")
                    self._say("250 STARTTLS" if self._is_plain else "250 AUTH PLAIN")
                case ["HELO"] | ["MAIL"] | ["RSET"]:
                    self._say("250 ok")
                case ["STARTTLS"]:
                    self._say("220 go on")
                    self._encrypt()
                case ["AUTH"]:
                    given = base64.b64decode(command.split()[-1]).decode()
                    self.server.signed_in.append(given.removeprefix("\0").replace("\0", ":"))
                    self._say("235 welcome")
                case ["RCPT"]:
                    receivers.append(command.partition("<")[2].partition(">")[0])
                    self._say("451 come back later" if self.server.refuses else "250 ok")
                case ["DATA"]:
                    self._say("354 go on")
                    self._take(receivers)
                    self._say("250 taken")
                case ["QUIT"]:
                    self._say("221 bye")
                    return
                case _:
                    self._say("502 not known")

    @property
    def _is_plain(self) -> bool:
        return self.server.security == "starttls" and not isinstance(self.request, ssl.SSLSocket)

    def _encrypt(self) -> None:
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _take(self, receivers: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), EmailMessage, policy=policy.default)
        self.server.mails.append((list(receivers), mail))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running_mail_server(*, security: str = "none") -> Iterator[MailServer]:
    """Give a mail server, and stop it afterwards.

    :param security: "none", "starttls" or "tls", as TAPAK_SMTP_SECURITY has them
    """
    with MailServer(security) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
