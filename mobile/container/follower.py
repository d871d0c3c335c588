"""Keeps the day's route, reminds and syncs, while the app has no window. No Kivy."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from mobile.container.adapters import LOCALE, Adapters
from mobile.container.leftovers import delete_files
from mobile.device.gps import Gps
from mobile.device.tokens import MAC_KEY
from mobile.screens.reminders.view_model import RemindersViewModel
from mobile.services.leaving import LeavingService
from mobile.services.look import LookService
from mobile.services.recorder import Recorder
from mobile.services.reminders import ReminderService
from mobile.services.settings import SettingsService
from mobile.services.tracks import TrackService
from mobile.settings import PhoneSettings
from mobile.storage.database import Database
from mobile.storage.examination import FILE_NAME
from mobile.sync.api_client import ApiClient
from mobile.sync.engine import Phone as SyncedPhone
from mobile.sync.scheduler import SyncScheduler
from mobile.sync.wiping import Wiper
from shared.i18n import set_language

T = TypeVar("T")


class Follower:
    """Works on the app's own database, from a process of its own."""

    def __init__(
        self,
        settings: PhoneSettings,
        *,
        adapters: Adapters,
        gps: Gps,
        api: ApiClient | None = None,
    ) -> None:
        """
        Open the phone's database and begin to measure and to sync.

        Photos are left to the app.

        :param api: what talks with the server; None: the client every phone has
        :raises mobile.storage.database.DatabaseDamagedError: if it is damaged: the app mends it
        """
        self._database = Database(settings.data / FILE_NAME)
        recorder = Recorder(database=self._database, clock=adapters.clock, secrets=adapters.secrets)
        self._is_enrolled = adapters.secrets.read(MAC_KEY) is not None
        look = LookService(
            settings=SettingsService(database=self._database), language=settings.language
        ).look()
        set_language(look.language, LOCALE)
        self._tracks = TrackService(recorder=recorder, battery=adapters.battery)
        self._leaving = LeavingService(recorder=recorder)
        self._reminders = RemindersViewModel(
            reminders=ReminderService(recorder=recorder),
            notices=adapters.notices,
            background=_at_once,
        )
        api = api or ApiClient(secrets=adapters.secrets)
        # Of this and of the app's own, the one that finds a sync running waits for its end.
        self._scheduler = SyncScheduler(
            phone=SyncedPhone(
                database=self._database,
                api=api,
                read_clock=recorder.read_clock,
                read_key=recorder.read_key,
            ),
            connectivity=adapters.connectivity,
            wipe=Wiper(
                database=self._database,
                secrets=adapters.secrets,
                api=api,
                delete_files=partial(delete_files, settings),
            ).wipe,
        )
        recorder.subscribe(self._scheduler.notice_action)
        self._gps = gps
        gps.start()
        if self._is_enrolled:
            self._scheduler.start()

    def step(self) -> bool:
        """Keep the newest fix; False once the day is over, the consent, or the phone's rep gone."""
        if not self._is_enrolled or not self._tracks.is_recording:
            return False
        fix = self._gps.last_fix()
        if fix is not None:
            self._tracks.record(fix)
            self._leaving.watch(fix)
        self._reminders.tick()
        return True

    def close(self) -> None:
        """Stop measuring; everything is saved."""
        self._gps.stop()
        self._scheduler.stop()
        self._database.close()


def _at_once(work: Callable[[], T], done: Callable[[T], None], /) -> None:
    done(work())
