"""In which currency this company reports; every number that was ever counted rests on it."""

from dataclasses import dataclass

from server.platform.settings import current_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The currency that sums are shown in, and how old a rate into it may be."""

    currency: str
    max_age_days: int


def reporting() -> Reporting:
    """Return what the deployment says."""
    settings = current_settings()
    return Reporting(currency=settings.reporting_currency, max_age_days=settings.rate_max_age_days)
