"""The job that looks at the rules."""

from server.alerts.operations import alerts
from server.alerts.operations.rules import Moment
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from shared.time import utc_now


def raise_alerts(**_: object) -> int:
    """Look at every rule; return how many alerts are new. Safe to call at any time, or twice."""
    with transaction():
        new = alerts.raise_alerts(moment=Moment(at=utc_now(), today=business_today()))
    db.session.remove()
    return new
