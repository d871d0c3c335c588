"""A phone's data copied: brought back on it later, or running on a second phone beside it."""

import shutil
from pathlib import Path

from hypothesis.stateful import precondition, rule

from tests.fakes.handset import Handset
from tests.faults.simulated.rights import Rows
from tests.faults.simulated.world import PHONES, PHONES_OF_SARI, Diary, World


class Copies(World):
    """What a copy goes on with, the server refuses, once it has had something else."""

    copied: tuple[int, Path, Diary] | None = None
    allowed_then: Rows = frozenset()
    """What the rep of the copied phone had a right to, since it had last fetched by then."""

    @precondition(lambda self: self.copied is None)
    @rule(who=PHONES)
    def copy_the_phones_data(self, who: int) -> None:
        phone = self.phones[who]
        copy = phone.path.with_suffix(".copy")
        self._copy(phone, copy)
        self.copied = (who, copy, self.diaries[who].copied())
        self.allowed_then = self.allowed[who]

    @precondition(lambda self: self.copied is not None)
    @rule()
    def go_on_from_the_copy(self) -> None:
        """Let the phone's data be of yesterday again."""
        assert self.copied is not None
        who, copy, diary = self.copied
        phone = self.phones[who]
        phone.switch_off()
        shutil.copyfile(copy, phone.path)
        phone.switch_on()
        self.diaries[who] = diary.only_what_is_also_in(self.diaries[who])
        self.allowed[who] |= self.allowed_then
        self._begin_anew(who)
        self.copied = None

    @precondition(lambda self: self.cloned is None)
    @rule(one=PHONES_OF_SARI)
    def clone(self, one: int) -> None:
        """Let the data of one of Sari's phones run on the other as well, keys and all."""
        phone, other = self.phones[one], self.phones[1 - one]
        self.synchronize(1 - one)  # it has nothing of its own to lose then
        other.sender.send()
        self.cloned = self.device_id(phone)
        other.switch_off()
        self._copy(phone, other.path)
        if phone.files.folder.exists():
            shutil.copytree(phone.files.folder, other.files.folder, dirs_exist_ok=True)
        other.secrets = phone.secrets.copy()
        other.clock.reboot()
        other.switch_on()
        self.devices[1 - one] |= self.devices[one]
        self.diaries[1 - one] = self.diaries[one].on_another_phone()
        self.allowed[1 - one] |= self.allowed[one]
        self._begin_anew(0)
        self._begin_anew(1)
        self.forget_the_copy_of(1 - one)

    def is_cloned(self, who: int) -> bool:
        """Return whether another phone is the same device."""
        return self.device_id(self.phones[who]) == self.cloned

    def forget_the_copy_of(self, who: int) -> None:
        """Throw a copy away: it is of another device than the phone is now."""
        if self.copied and self.copied[0] == who:
            self.copied = None

    def _begin_anew(self, who: int) -> None:
        self.may_begin_anew.add(who)
        self.damaged.add(who)  # perhaps it was, when the copy was made
        self.of_yesterday.add(who)
        self.kept[who] = 0

    def _copy(self, phone: Handset, to: Path) -> None:
        phone.switch_off()
        shutil.copyfile(phone.path, to)
        phone.switch_on()
