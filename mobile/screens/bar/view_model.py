"""The two states every screen shows on top: GPS and sync."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from mobile.device.clock import Clock
from mobile.device.connectivity import Connectivity
from mobile.device.gps import Gps
from mobile.screens.formats import distance, how_long
from mobile.screens.view_model import ViewModel
from mobile.services.views import SyncStatus
from shared.checkin.verdict import MAX_FIX_AGE_S
from shared.i18n import _, ngettext

_GOOD_ACCURACY_M = 30.0
_LATE = timedelta(hours=24)


class SyncState(Protocol):
    """Knows how far phone and server agree."""

    def status(self) -> SyncStatus:
        """Return how it stands."""


class Route(Protocol):
    """Knows whether the rep's way is recorded."""

    @property
    def is_recording(self) -> bool:
        """Whether it is recorded now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarState:
    """Icon, short text, tone and full words of both states."""

    gps_icon: str = "crosshairs"
    gps_text: str = ""
    gps_tone: str = "unknown"
    gps_hint: str = ""
    sync_icon: str = "cloud-outline"
    sync_text: str = ""
    sync_tone: str = "unknown"
    sync_hint: str = ""
    needs_you: int = 0


class BarViewModel(ViewModel[BarState]):
    """Looks at GPS and sync once a second."""

    def __init__(
        self,
        *,
        sync: SyncState,
        route: Route,
        gps: Gps,
        connectivity: Connectivity,
        clock: Clock,
    ) -> None:
        super().__init__(BarState())
        self._sync = sync
        self._route = route
        self._gps = gps
        self._connectivity = connectivity
        self._clock = clock

    def refresh(self) -> None:
        """Look at both."""
        self.tick()

    def tick(self) -> None:
        """Look at both again."""
        status = self._sync.status()
        gps_icon, gps_text, gps_tone, gps_hint = self._gps_words()
        sync_icon, sync_text, sync_tone, sync_hint = self._sync_words(status)
        self._show(
            BarState(
                gps_icon=gps_icon,
                gps_text=gps_text,
                gps_tone=gps_tone,
                gps_hint=gps_hint,
                sync_icon=sync_icon,
                sync_text=sync_text,
                sync_tone=sync_tone,
                sync_hint=sync_hint,
                needs_you=status.needs_you,
            )
        )

    def _gps_words(self) -> tuple[str, str, str, str]:
        fix = self._gps.last_fix()
        is_recording = self._route.is_recording
        route = (
            _("Your route is being recorded.")
            if is_recording
            else _("Your route is not recorded now.")
        )
        if fix is None or fix.age_s > MAX_FIX_AGE_S:
            return (
                "crosshairs-off",
                "",
                "unknown",
                _("No position at the moment. Visits can still be recorded.") + " " + route,
            )
        accuracy = distance(fix.accuracy_m)
        good = fix.accuracy_m <= _GOOD_ACCURACY_M
        hint = (
            _("Your position is known to within %(accuracy)s.", accuracy=accuracy)
            if good
            else _("Your position is only known to within %(accuracy)s.", accuracy=accuracy)
        )
        icon = "map-marker-path" if is_recording else "crosshairs-gps"
        return icon, f"±{accuracy}", "good" if good else "warn", f"{hint} {route}"

    def _sync_words(self, status: SyncStatus) -> tuple[str, str, str, str]:
        waiting = ngettext(
            "%(count)s record is waiting on this phone.",
            "%(count)s records are waiting on this phone.",
            status.waiting,
        )
        if status.is_stopped:
            hint = _("Nothing is sent any more: see Sync.")
            return "cloud-alert-outline", str(status.waiting or ""), "bad", f"{waiting} {hint}"
        if status.needs_you:
            hint = ngettext(
                "%(count)s record needs you: see Sync.",
                "%(count)s records need you: see Sync.",
                status.needs_you,
            )
            return "cloud-alert-outline", str(status.needs_you), "bad", hint
        is_late = False
        if status.waiting and status.oldest_waiting_at is not None:
            waited = self._clock.now() - status.oldest_waiting_at
            is_late = waited > _LATE
            waiting += " " + _("The oldest has waited %(time)s.", time=how_long(waited))
        if not self._connectivity.is_online:
            hint = _("No network. Everything is saved on this phone.")
            if is_late:
                hint += " " + waiting
            tone = "bad" if is_late else "unknown"
            return "cloud-off-outline", str(status.waiting or ""), tone, hint
        if status.waiting:
            tone = "bad" if is_late else "info"
            return "cloud-upload-outline", str(status.waiting), tone, waiting
        return "cloud-check-outline", "", "good", _("Everything has been sent.")
