"""What befalls phones, their access and the server."""

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import update

from mobile.services.recorder import DiskFullError
from mobile.storage import outbox
from mobile.sync.answers import SyncError, WipeError
from mobile.sync.engine import DigestError
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
from tests.faults.simulated.copies import Copies
from tests.faults.simulated.rights import rows_of
from tests.faults.simulated.world import PHONES, Diary
from tests.support.backups import Restore

FAULTS = st.lists(st.sampled_from(list(Fault)), max_size=5)
HARMS = [
    "UPDATE row_scope SET version = 77 WHERE entity = 'visit'",
    "DELETE FROM row_scope WHERE entity = 'deal'",
    "DELETE FROM product",
    "UPDATE product SET base = NULL",
    "UPDATE stage SET base_version = 0",
    """UPDATE product SET base = replace(base, '"Soda"', '"Salt"')""",
    "UPDATE customer SET name = 'Altered'",
]
_ENOUGH_TO_FILL = 10


class Troubles(Copies):
    """Kills, clocks, networks; and what happens once in a phone's life, at most once a history."""

    backup: Restore | None = None
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
        self.have_contents_compared(who)
        phone.network.next(*faults)
        self.synced.add(who)
        try:
            report = phone.synchronize()
            # A phone misses nothing; what the digests find was damaged here.
            assert not report.fetched_anew or who in self.damaged
            if who in self.may_begin_anew:
                self.reached[who] = {}  # a restored server may not have come as far as it was
            self.may_begin_anew.discard(who)
            if not self.differs_still(who):
                self.damaged.discard(who)
            with self.app.app_context():
                self.allowed[who] = rows_of(self.owners[who])
            check_the_copy(phone, self.owners[who], app=self.app)
            phone.sender.send()
        except DigestError:
            raise
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

    @rule(who=PHONES, harm=st.sampled_from(HARMS))
    def damage_the_copy(self, who: int, harm: str) -> None:
        """Alter by hand what the phone knows of the server's rows."""
        with self.phones[who].database.write() as connection:
            connection.execute(harm)
        self.may_begin_anew.add(who)
        self.damaged.add(who)

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
        self.forget_the_copy_of(who)

    @precondition(lambda self: "wiped" not in self.had)
    @rule(who=PHONES, wipe=st.sampled_from(Wipe))
    def wipe(self, who: int, wipe: Wipe) -> None:
        """Have a phone wiped; its rep gets it back empty."""
        phone = self.phones[who]
        if not self.knows(phone) or self.is_cloned(who):
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
            if not request.at_once:
                phone.sender.send()  # it waits for the bytes of photos, too
            assert wiper.wipe(request)
            assert not phone.enrolment.is_enrolled
            self.diaries[who], self.kept[who] = Diary(), 0
            self.enrol(who)
        self.forget_the_copy_of(who)

    @precondition(lambda self: "backed up" not in self.had)
    @rule()
    def back_the_server_up(self) -> None:
        self.had |= {"backed up"}
        restore, written = self.back_up(), list(self.written)

        def bring_back() -> None:
            restore()
            self.written = written

        self.backup = bring_back

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore_the_server(self) -> None:
        """Nobody tells it that its database is an older one: phones do."""
        assert self.backup is not None
        self.backup()
        self.backup, self.was_restored = None, True
        self.may_begin_anew = set(range(len(self.phones)))
        self.damaged |= self.may_begin_anew  # what was altered by hand since is as it was
        self.feed, self.heads = {}, {}

    @rule(who=PHONES)
    def let_weeks_pass(self, who: int) -> None:
        """Let all that a phone has sent be older than it keeps; so is any backup by then."""
        with self.phones[who].database.write() as connection:
            connection.execute(
                "UPDATE outbox SET settled_at_ms = settled_at_ms - ? WHERE state = 'settled'",
                (outbox.KEEP_SETTLED_MS + 1000,),
            )
        self.kept[who] = self.young_lines(self.phones[who])
        self.aged.add(who)
        self.backup = None
