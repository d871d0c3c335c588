"""Making a phone the device of a rep, with a code from the office."""

from dataclasses import dataclass
from typing import Protocol

from mobile.device.clock import Clock
from mobile.device.phone import PhoneDescription
from mobile.device.reading import read_clock
from mobile.device.secrets import SecretStore
from mobile.device.tokens import ACCESS_TOKEN, MAC_KEY, REFRESH_TOKEN
from mobile.services.recorder import ServiceError
from mobile.storage import device, heads, outbox, preferences, replica
from mobile.storage.database import Database
from mobile.storage.outbox import Action
from mobile.storage.salvage import make_again
from shared.sync.ids import new_id
from shared.sync.protocol import EnrolAnswer, EnrolRequest

_DEVICE_ID = "enrolling_device_id"


class EnrolmentApi(Protocol):
    """Asks the server."""

    def enrol(self, server_url: str, request: EnrolRequest) -> EnrolAnswer:
        """
        Use up a code.

        :raises mobile.sync.api_client.OfflineError: if the server cannot be reached
        :raises mobile.sync.api_client.RefusedError: if it says no; its `code` says why
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose phone this is."""

    device_id: str
    user_id: str
    rep_name: str
    server_url: str
    time_zone: str


class AnotherRepError(ServiceError):
    """The code is another rep's, whose records must not mix with those on this phone."""

    code = "another_rep"


class EnrolmentService:
    """Enrols this phone."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        secrets: SecretStore,
        api: EnrolmentApi,
        phone: PhoneDescription,
    ) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets
        self._api = api
        self._phone = phone

    def identity(self) -> Identity | None:
        """Return whose phone this is, or None before it is enrolled."""
        with self._database.read() as connection:
            state = device.find(connection)
        if state is None:
            return None
        return Identity(
            device_id=state.device_id,
            user_id=state.user_id,
            rep_name=state.rep_name,
            server_url=state.server_url,
            time_zone=state.time_zone,
        )

    @property
    def is_enrolled(self) -> bool:
        """Whether somebody may work with this phone."""
        return self.identity() is not None

    def enrol(self, *, server_url: str, code: str) -> Identity:
        """
        Enrol with a code; needs the network. The first sync is the caller's next step.

        What was salvaged of this rep from a damaged database waits to be sent again afterwards.

        A phone that is enrolled becomes a new device of the same rep: after its data were copied
        or its access ended, or where the server was restored from a backup that does not know it.
        What it has not sent is kept and sent by the new device, as is what the server lacks.

        :raises AnotherRepError: if it holds another rep's work
        :raises mobile.sync.api_client.OfflineError: if the server cannot be reached
        :raises mobile.sync.api_client.RefusedError: if it says no; its `code` says why
        """
        server_url = server_url.strip().rstrip("/")
        if "://" not in server_url:
            server_url = f"https://{server_url}"
        # The id is kept before it is sent: should the answer be lost, or the app be killed, the
        # same phone may use the same code again.
        with self._database.write() as connection:
            device_id = preferences.read(connection, _DEVICE_ID) or new_id()
            preferences.write(connection, _DEVICE_ID, device_id)
            former = device.find(connection)
            former_heads = heads.some_heads(connection) if former else ()
        answer = self._api.enrol(
            server_url,
            EnrolRequest(
                code=code.strip(),
                device_id=device_id,
                device_name=self._phone.model,
                app_version=self._phone.app_version,
                former_id=former.device_id if former else "",
                former_settled=former.settled if former else 0,
                former_heads=former_heads,
            ),
        )
        reading = read_clock(self._clock)
        with self._database.read() as connection:
            state = device.find(connection)
        if state is not None and state.user_id != answer.user_id:
            # To the server this id is a phone of that rep from now on.
            with self._database.write() as connection:
                preferences.delete(connection, _DEVICE_ID)
            raise AnotherRepError
        with self._database.write() as connection:
            if state is None:
                device.create(
                    connection,
                    device_id=device_id,
                    user_id=answer.user_id,
                    rep_name=answer.rep_name,
                    server_url=server_url,
                    organisation=answer.organisation,
                    epoch=answer.epoch,
                )
            else:
                device.become(
                    connection, device_id=device_id, server_url=server_url, epoch=answer.epoch
                )
                if answer.former is not None:
                    outbox.reopen_taken(connection, after=answer.former.through)
                outbox.make_again(
                    connection, former_id=state.device_id, key=bytes.fromhex(answer.mac_key)
                )
                for scope in replica.positions(connection):
                    replica.forget_position(connection, scope)
            # Should the app be killed before the commit, one more code mends it.
            self._secrets.write(MAC_KEY, answer.mac_key)
            self._secrets.write(ACCESS_TOKEN, answer.tokens.access)
            self._secrets.write(REFRESH_TOKEN, answer.tokens.refresh)
            device.keep_anchor(connection, answer.anchor_token, clock=reading)
            preferences.delete(connection, _DEVICE_ID)
            state = device.get(connection)
            action = Action(
                connection=connection,
                captured=state.capture(reading),
                at_ms=device.to_ms(state.true_time(reading)),
                key=bytes.fromhex(answer.mac_key),
            )
            make_again(action, user_id=answer.user_id)
        identity = self.identity()
        assert identity is not None
        return identity
