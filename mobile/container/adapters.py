"""The hardware: what a phone has, and what a desktop has in its place. No Kivy."""

from dataclasses import dataclass, field
from pathlib import Path

from mobile.device.background import BackgroundTrack
from mobile.device.battery import Battery, LinuxBattery
from mobile.device.camera import Camera
from mobile.device.clock import Clock, LinuxClock
from mobile.device.connectivity import Connectivity, SwitchedConnectivity
from mobile.device.gps import Gps
from mobile.device.haptics import Haptics, NoHaptics
from mobile.device.links import BrowserLinks, Links
from mobile.device.notices import NoNotices, Notices
from mobile.device.phone import PhoneDescription, describe_desktop
from mobile.device.secrets import DesktopSecrets, SecretStore
from mobile.settings import PhoneSettings

APP_VERSION = "0.1.0"
LOCALE = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True, kw_only=True)
class Adapters:
    """The hardware; tests and phones give their own."""

    clock: Clock
    connectivity: Connectivity
    secrets: SecretStore
    phone: PhoneDescription
    battery: Battery = field(default_factory=LinuxBattery)
    camera: Camera | None = None
    """None: simulated."""
    links: Links = BrowserLinks()  # noqa: RUF009 - it holds no state
    """Opens the dialler, WhatsApp and maps."""
    notices: Notices = NoNotices()  # noqa: RUF009 - it holds no state
    haptics: Haptics = NoHaptics()  # noqa: RUF009
    track: BackgroundTrack | None = None
    """Keeps the route while the screen is off; None: only the app itself does."""
    gps: Gps | None = None
    """None: simulated, as the settings say."""


def desktop_adapters(settings: PhoneSettings) -> Adapters:
    """Return what a desktop has in place of a phone's hardware."""
    return Adapters(
        clock=LinuxClock(),
        connectivity=SwitchedConnectivity(is_online=not settings.is_offline),
        secrets=DesktopSecrets(settings.data),
        phone=describe_desktop(app_version=APP_VERSION),
    )
