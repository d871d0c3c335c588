"""Signals by which a feature tells what happened without knowing who listens.

All are sent inside the transaction of the fact; `server/app.py` connects the listeners.
"""

import datetime as dt
from collections.abc import Iterable

from blinker import Namespace

from server.platform.database import db
from server.platform.held import gathered

_signals = Namespace()

day_changed = _signals.signal("day-changed")
"""The numbers of these days may have moved (`rep_id`, `days`). Metrics marks them stale."""

days_counted = _signals.signal("days-counted")
"""Days of these reps were counted again (`rep_ids`): their numbers may be others."""

records_changed = _signals.signal("records-changed")
"""Rows that travel to phones were written (`entity`, `record_ids`). Sync puts them in the feed."""

position_seen = _signals.signal("position-seen")
"""A rep was at a place (`rep_id`, `source`, `latitude`, `longitude`, `accuracy_m`, `measured_at`,
`battery_percent`), as evidence that has just come says."""

rep_moved = _signals.signal("rep-moved")
"""A rep belongs to another team from now on, or to none (`rep_id`, `team_id`)."""

customers_moved = _signals.signal("customers-moved")
"""Customers are another rep's from now on (`moves`, from whom to whom by customer id; `at`, `day`).
What is still to be done there moves along."""

classes_changed = _signals.signal("classes-changed")
"""Customers have another class from a day on (`customer_ids`, `day`), be it still to come."""

products_recounted = _signals.signal("products-recounted")
"""Sales of products count for something else: of `costs`, by product, those since a day have
another margin; of `categories`, products, all may be of a category that was new."""

rates_changed = _signals.signal("rates-changed")
"""A currency has other rates since a day (`change`, with `currency`, `since`, `corrected`, `at`).
Each listener freezes the amounts of its rows that this concerns and returns how many: those that
wait, or stand at an older rate; of a corrected rate, those that stand at the rate of that day; of
the days before `until`, those that stand at another rate than they would get now; of an order that
is undone (`undoes`), those that still stand where it has put them."""

answer_accepted = _signals.signal("answer-accepted")
"""A rep leaves a change that was not taken as the server has it (`device_ids` that the phone is and
was, `rep_id`, `record_id`, `sequence`, `at`)."""

rates_asked = _signals.signal("rates-asked")
"""Somebody wants to know what stands at a rate (`change`, as of a corrected one). Each listener
returns a `RateUse` of its rows."""

_GATHERED = "marked_days"


def mark_days(rep_id: str, days: Iterable[dt.date]) -> None:
    """Tell listeners that facts of this rep changed on these days; in a transaction at its end."""
    if gathered(_mark_these, rep_id, days):
        return
    if db.session.info.get("in_transaction"):
        db.session.info.setdefault(_GATHERED, {}).setdefault(rep_id, set()).update(days)
    else:
        day_changed.send(None, rep_id=rep_id, days=set(days))


def _mark_these(rep_id: str, *days: dt.date) -> None:
    mark_days(rep_id, days)


def tell_marked_days() -> None:
    """Tell listeners of each day of the transaction once, in one order for everybody.

    Two transactions that mark several days, in whatever order they changed them, then wait for
    each other one way only. Called by `transaction()`, last before the commit.
    """
    gathered: dict[str, set[dt.date]] = db.session.info.pop(_GATHERED, {})
    for rep_id in sorted(gathered):
        day_changed.send(None, rep_id=rep_id, days=gathered[rep_id])


def forget_marked_days() -> None:
    """Tell nobody: the transaction was rolled back."""
    db.session.info.pop(_GATHERED, None)


def record_changed(entity: str, *record_ids: str) -> None:
    """Tell listeners that these rows were written; call after they are flushed."""
    if record_ids and not gathered(record_changed, entity, record_ids):
        records_changed.send(None, entity=entity, record_ids=list(record_ids))
