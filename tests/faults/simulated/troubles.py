"""What befalls phones, their access and the server."""

import datetime as dt
import shutil
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import update

from mobile.services.recorder import DiskFullError
from mobile.sync.answers import SyncError, WipeError
from mobile.sync.wiping import Wiper
from server.identity import operations as identity
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from shared.time import utc_now
from shared.vocabulary import Wipe
from tests.fakes.agreement import check_the_copy
from tests.fakes.network import Fault, PhoneKilledError
from tests.faults.simulated.world import PHONES, Diary, World
from tests.support.backups import Restore

FAULTS = st.lists(st.sampled_from(list(Fault)), max_size=5)
_ENOUGH_TO_FILL = 10


class Troubles(World):
    """Kills, clocks, networks; and what happens once in a phone's life, at most once a history."""

    backup: Restore | None = None
    copied: tuple[int, Path, Diary] | None = None
    had: frozenset[str] = frozenset()

    @rule(who=PHONES)
    def kill(self, who: int) -> None:
        self.phones[who].restart()

    @rule(who=PHONES, hours=st.integers(-90_000, 90_000), reboots=st.booleans())
    def set_the_clock(self, who: int, hours: int, *, reboots: bool) -> None:
        clock = self.phones[who].clock
        clock.off = clock.off.__class__(hours=hours)
        if reboots:
            clock.reboot()

    @rule(who=PHONES, faults=FAULTS)
    def sync(self, who: int, faults: list[Fault]) -> None:
        phone = self.phones[who]
        phone.network.next(*faults)
        try:
            phone.synchronize()
            self.may_begin_anew.discard(who)
            check_the_copy(phone, self.owners[who], app=self.app)
            phone.sender.send()
        except SyncError:
            pass
        except PhoneKilledError:
            phone.restart()
        phone.network.heal()

    @rule(who=PHONES)
    def let_the_token_run_out(self, who: int) -> None:
        if not self.knows(self.phones[who]):
            return
        with self.app.app_context(), transaction():
            db.session.execute(
                update(Device)
                .where(Device.id == self.device(self.phones[who]).id)
                .values(access_expires_at=utc_now())
            )

    @rule(who=PHONES, entity=st.sampled_from(["product", "visit", "customer"]))
    def damage_the_copy(self, who: int, entity: str) -> None:
        """Let the phone's books say that its rows are of another version."""
        with self.phones[who].database.write() as connection:
            connection.execute("UPDATE row_scope SET version = 77 WHERE entity = ?", (entity,))
        self.may_begin_anew.add(who)

    @rule()
    def forget_old_news(self) -> None:
        """Let phones that have not heard of a deletion fetch a scope from its beginning."""
        with self.app.app_context(), transaction():
            changes.forget_heard_news(before=utc_now() + dt.timedelta(seconds=5))
            changes.forget_gone_rows(before=utc_now() + dt.timedelta(seconds=5))
        self.may_begin_anew = set(range(len(self.phones)))

    @rule(who=PHONES)
    def fill_the_disk(self, who: int) -> None:
        phone = self.phones[who]
        with phone.database.write() as connection:
            [pages] = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        before = -1
        try:
            for _ in range(_ENOUGH_TO_FILL):
                before = self.pending(phone)
                phone.customers.create_prospect(name=f"Warung {self.next()}")
        except DiskFullError:
            assert self.pending(phone) == before
        finally:
            with phone.database.write() as connection:
                connection.execute("PRAGMA max_page_count = 1000000000")

    @precondition(lambda self: "revoked" not in self.had)
    @rule(who=PHONES)
    def take_access_away(self, who: int) -> None:
        if not self.knows(self.phones[who]):
            return
        self.had |= {"revoked"}
        with self.app.app_context(), transaction():
            device = self.device(self.phones[who])
            identity.revoke_device(device_id=device.id, at=utc_now(), by=None)

    @precondition(lambda self: "enrolled" not in self.had)
    @rule(who=PHONES)
    def enrol_again(self, who: int) -> None:
        self.had |= {"enrolled"}
        self.enrol(who)
        self._forget_the_copy_of(who)

    @precondition(lambda self: "wiped" not in self.had)
    @rule(who=PHONES, wipe=st.sampled_from(Wipe))
    def wipe(self, who: int, wipe: Wipe) -> None:
        """Have a phone wiped; its rep gets it back empty."""
        phone = self.phones[who]
        if not self.knows(phone):
            return
        self.had |= {"wiped"}
        with self.app.app_context(), transaction():
            device = self.device(phone)
            identity.ask_to_wipe(device_id=device.id, wipe=wipe, at=utc_now(), by=None)
        phone.network.heal()
        request: WipeError | None = None
        try:
            phone.synchronize()
        except WipeError as error:
            request = error
        except SyncError:
            self.enrol(who)  # it had no access any more; a new device is not to be wiped
        if request is not None:
            wiper = Wiper(
                database=phone.database,
                secrets=phone.secrets,
                api=phone.api,
                delete_files=lambda: None,
            )
            assert request.at_once == (wipe is Wipe.NOW)
            assert wiper.wipe(request)
            assert not phone.enrolment.is_enrolled
            self.diaries[who] = Diary()
            self.enrol(who)
        self._forget_the_copy_of(who)

    @precondition(lambda self: self.copied is None)
    @rule(who=PHONES)
    def copy_the_phones_data(self, who: int) -> None:
        phone = self.phones[who]
        phone.switch_off()
        copy = phone.path.with_suffix(".copy")
        shutil.copyfile(phone.path, copy)
        phone.switch_on()
        diary = self.diaries[who]
        self.copied = (
            who,
            copy,
            Diary(dict(diary.notes), diary.open_visit, dict(diary.tasks), dict(diary.expenses)),
        )

    @precondition(lambda self: self.copied is not None)
    @rule()
    def go_on_from_the_copy(self) -> None:
        """Let the phone's data be of yesterday again; what it does next, the server refuses."""
        assert self.copied is not None
        who, copy, diary = self.copied
        phone = self.phones[who]
        phone.switch_off()
        shutil.copyfile(copy, phone.path)
        phone.switch_on()
        self.diaries[who] = diary.only_what_is_also_in(self.diaries[who])
        self.may_begin_anew.add(who)
        self.of_yesterday.add(who)
        self.copied = None

    def _forget_the_copy_of(self, who: int) -> None:
        if self.copied and self.copied[0] == who:
            self.copied = None  # it is of another device than the phone is now

    @precondition(lambda self: "backed up" not in self.had)
    @rule()
    def back_the_server_up(self) -> None:
        self.had |= {"backed up"}
        self.backup = self.back_up()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore_the_server(self) -> None:
        """Nobody tells it that its database is an older one: phones do."""
        assert self.backup is not None
        self.backup()
        self.backup = None
        self.may_begin_anew = set(range(len(self.phones)))
        self.feed, self.heads = {}, {}
