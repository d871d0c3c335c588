"""The job that predicts anew what customers will buy."""

from server.platform.database import db
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.time import business_day, utc_now


def fit_lifetime_values(**_: object) -> None:
    """Fit the models of buying to all deals won so far. Safe to repeat: it replaces."""
    # It brings SciPy along, which takes half a second and 50 MB that only this job needs.
    from server.lifetime.operations import fit  # noqa: PLC0415

    settings = current_settings()
    now = utc_now()
    with transaction():
        fit.fit_lifetime_values(
            last_day=business_day(now, settings.time_zone),
            now=now,
            currency=settings.reporting_currency,
        )
    db.session.remove()
