"""Whose phone this is, and how it stops being theirs."""

from collections.abc import Callable

from mobile.device import tokens
from mobile.device.phone import PhoneDescription
from mobile.device.secrets import SecretStore
from mobile.services.enrolment import EnrolmentService
from mobile.services.recorder import ServiceError
from mobile.storage import photos, records
from mobile.storage.database import Database
from mobile.storage.erasing import erase_rows


class UnsentWorkError(ServiceError):
    """There is work on this phone that the server does not have."""

    code = "unsent_work"


class AccountService:
    """The rep's account on this phone."""

    def __init__(
        self,
        *,
        database: Database,
        secrets: SecretStore,
        enrolment: EnrolmentService,
        phone: PhoneDescription,
        delete_files: Callable[[], None],
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._enrolment = enrolment
        self._phone = phone
        self._delete_files = delete_files

    def rep_name(self) -> str:
        """Return the rep's name; empty on a phone that is nobody's."""
        identity = self._enrolment.identity()
        return identity.rep_name if identity else ""

    def server(self) -> str:
        """Return the server's address; empty on a phone that is nobody's."""
        identity = self._enrolment.identity()
        return identity.server_url if identity else ""

    def device_name(self) -> str:
        """Return how the office calls this phone."""
        return self._phone.model

    def unsent(self) -> int:
        """Return how many records wait on this phone or need the rep."""
        with self._database.read() as connection:
            counts = records.count(connection)
            pictures = photos.count(connection)
        return counts.waiting + counts.needs_you + pictures.waiting

    def sign_out(self) -> None:
        """
        Forget the rep, the keys, photos, copies and all data; the look stays.

        :raises UnsentWorkError: while there is work the server does not have
        """
        with self._database.write() as connection:
            if self.unsent():
                raise UnsentWorkError
            # Another rep's salvaged records are not this one's to drop.
            erase_rows(connection, keep="salvaged")
        self._delete_files()
        tokens.forget_all(self._secrets)
