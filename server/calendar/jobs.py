"""Jobs of the calendar: entering the public holidays of the years around now."""

from server.calendar import operations
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.settings import current_settings
from server.platform.transaction import transaction


def fill_holidays(**_: object) -> int:
    """Enter the public holidays of the organisation's country; return how many days changed."""
    settings = current_settings()
    with transaction():
        changed = operations.fill_holidays(country=settings.holidays, today=business_today())
    db.session.remove()
    return changed
