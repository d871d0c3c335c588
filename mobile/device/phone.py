"""What phone this is, for the list of devices and for diagnostics."""

import platform
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDescription:
    """Names a person recognises."""

    model: str
    system: str
    app_version: str


def describe_desktop(*, app_version: str) -> PhoneDescription:
    """Describe the computer that plays the phone."""
    return PhoneDescription(
        model=f"Desktop {platform.node() or platform.machine()}",
        system=f"{platform.system()} {platform.release()}",
        app_version=app_version,
    )
