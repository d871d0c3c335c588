"""What the server can say besides yes, each with what it means for the queue."""


class SyncError(Exception):
    """Sync did not get to its end. Nothing is lost; `code` is stable, the screens have words."""

    code = "internal"
    retry_after_s: float | None = None


class OfflineError(SyncError):
    """No answer that counts: no network, a time-out, a portal's page, an answer cut short."""

    code = "offline"


class BusyError(SyncError):
    """The server cannot now (429, 503)."""

    code = "server_busy"

    def __init__(self, retry_after_s: float | None) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


class RefusedError(SyncError):
    """The server understood and said no; `code` is the server's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SignInNeededError(RefusedError):
    """The tokens are no good any more. What was recorded waits."""


class WipeError(SyncError):
    """The office wants this phone's data deleted (403)."""

    code = "wipe"

    def __init__(self, *, at_once: bool) -> None:
        super().__init__(at_once)
        self.at_once = at_once


class SendOnlyError(SyncError):
    """The rep has left the company: the phone sends what it holds, and gets nothing more (403)."""

    code = "send_only"


class TooLargeError(SyncError):
    """A smaller batch is asked for (413)."""

    code = "too_large"


class TruncatedError(OfflineError):
    """The request came to the server cut off (400): it is sent again."""


class AppOutdatedError(SyncError):
    """The app must be updated before it can send (426)."""

    code = "app_outdated"


class GapError(SyncError):
    """The server lacks changes before those that were sent; it has them up to `through`."""

    code = "gap"

    def __init__(self, through: int) -> None:
        super().__init__(through)
        self.through = through


class EpochError(GapError):
    """The server was restored from a backup; it knows this phone up to `through`."""

    code = "epoch"

    def __init__(self, epoch: str, through: int) -> None:
        super().__init__(through)
        self.epoch = epoch


class ChainRefusedError(SyncError):
    """The server holds other bytes for a number, or a mac is wrong.

    Sending stops until the phone is connected again; fetching goes on.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ResyncError(SyncError):
    """A scope must be fetched from its beginning: what was deleted since is forgotten."""

    code = "resync"

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope
