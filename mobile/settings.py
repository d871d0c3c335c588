"""How the phone is started, and what its user chose about its look."""

import json
from dataclasses import dataclass
from pathlib import Path

from shared.geo import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """What the command line and the environment say."""

    data: Path
    """Folder of all state of this phone."""
    server: str = ""
    code: str = ""
    """Server and enrolment code to connect with at the first start; empty: the rep types them."""
    place: Position | None = None
    """Where a simulated phone lies still."""
    track: tuple[tuple[float, Position], ...] | None = None
    """Seconds since its start, and points, of the track a simulated phone is carried along.

    Neither this nor a place: it rides along today's route.
    """
    speed_kmh: float = 28.0
    """How fast the simulated rep rides along the route."""
    is_offline: bool = False
    tiles: Path | None = None
    """MBTiles file under the map; None: `map.mbtiles` in the data folder, where it is there."""
    copies: Path | None = None
    """Folder of the copies of what is recorded; None: `copies` in the data folder."""
    language: str = "en"
    """Until the rep chooses one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the rep chose: language, how large text is, light or dark."""

    language: str = "en"
    text_scale: float = 1.0
    theme: str = "system"
    """`system`, `light` or `dark`."""

    @property
    def is_dark(self) -> bool:
        """Whether to paint dark; a desktop does not tell what its system wants, so light."""
        return self.theme == "dark"


def demo_enrolment(folder: Path) -> tuple[str, str]:
    """Return server and code that a demo on this machine laid down for its phone, or two blanks.

    :raises ValueError: if the file is there and cannot be read
    """
    file = folder / "phone-enrolment.json"
    if not file.exists():
        return "", ""
    try:
        told = json.loads(file.read_text())
        return str(told["server"]), str(told["code"])
    except (ValueError, KeyError, TypeError) as fault:
        raise ValueError(f"{file} does not hold server and code") from fault
