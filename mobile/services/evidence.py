"""Fixes and fences as they travel."""

from typing import Any

from mobile.storage.device import to_ms
from shared.checkin.evidence import Fence, Fix


def fix_data(fix: Fix | None) -> dict[str, Any] | None:
    """Return a fix as it travels; None where none could be had."""
    if fix is None:
        return None
    return {
        "latitude": fix.latitude,
        "longitude": fix.longitude,
        "accuracy_m": fix.accuracy_m,
        "fix_ms": to_ms(fix.fix_at),
        "age_s": fix.age_s,
        "provider": fix.provider,
        "is_mock": fix.is_mock,
        "speed_mps": fix.speed_mps,
        "altitude_m": fix.altitude_m,
        "samples": fix.samples,
    }


def fence_data(fence: Fence) -> dict[str, Any]:
    """Return a fence as it travels."""
    return {
        "customer_id": fence.customer_id,
        "latitude": fence.latitude,
        "longitude": fence.longitude,
        "radius_m": fence.radius_m,
        "location_version": fence.location_version,
    }
