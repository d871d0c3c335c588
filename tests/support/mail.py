"""A mail server for tests: speaks SMTP on a port of this machine and keeps what it is given."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail from anybody, unless it is told to refuse."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.refuses = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        receivers: list[str] = []
        while line := self.rfile.readline():
            command = line.decode("ascii").strip()
            match command.upper().split(maxsplit=1)[:1]:
                case ["EHLO"] | ["HELO"] | ["MAIL"] | ["RSET"]:
                    self._say("250 ok")
                case ["RCPT"] if self.server.refuses:
                    self._say("451 come back later")
                case ["RCPT"]:
                    receivers.append(command.partition("<")[2].partition(">")[0])
                    self._say("250 ok")
                case ["DATA"]:
                    self._say("354 go on")
                    self._take(receivers)
                    self._say("250 taken")
                case ["QUIT"]:
                    self._say("221 bye")
                    return
                case _:
                    self._say("502 not known")

    def _take(self, receivers: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), EmailMessage, policy=policy.default)
        self.server.mails.append((list(receivers), mail))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Give a mail server, and stop it afterwards."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
