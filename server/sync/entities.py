"""THE TABLE: what phones send and who applies it. What travels down is in `rows.DOWNWARD`."""

from collections.abc import Callable

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.versioned import Versioned
from server.sync import apply, errands
from server.sync.incoming import Applied, Incoming
from server.tasks.models import Task
from server.visits.models import Visit
from shared.sync.protocol import Kind

UPWARD: dict[tuple[str, Kind], Callable[[Incoming], Applied]] = {
    ("visit", Kind.CREATE): apply.create_visit,
    ("visit", Kind.PATCH): apply.patch_visit,
    ("check_in", Kind.CREATE): apply.check_in,
    ("check_out", Kind.CREATE): apply.check_out,
    ("start_day", Kind.CREATE): apply.start_day,
    ("end_day", Kind.CREATE): apply.end_day,
    ("consent", Kind.CREATE): apply.record_consent,
    ("track", Kind.CREATE): apply.record_track,
    ("photo", Kind.CREATE): apply.record_photo,
    ("photo.withdraw", Kind.COMMAND): apply.withdraw_photo,
    ("deal", Kind.CREATE): apply.create_deal,
    ("deal", Kind.PATCH): apply.patch_deal,
    ("customer", Kind.CREATE): apply.create_prospect,
    ("customer", Kind.PATCH): apply.patch_customer,
    ("customer.propose_location", Kind.COMMAND): apply.propose_location,
    ("task", Kind.CREATE): errands.create_task,
    ("task", Kind.PATCH): errands.patch_task,
    ("expense", Kind.CREATE): errands.create_expense,
    ("expense", Kind.PATCH): errands.patch_expense,
    ("expense", Kind.DELETE): errands.delete_expense,
    ("stop.cancel", Kind.COMMAND): apply.cancel_stop,
}

VersionedModel = (
    type[Visit]
    | type[Photo]
    | type[Deal]
    | type[Customer]
    | type[JourneyStop]
    | type[Task]
    | type[Expense]
)

MODELS: dict[str, VersionedModel] = {
    "visit": Visit,
    "photo": Photo,
    "deal": Deal,
    "customer": Customer,
    "stop": JourneyStop,
    "task": Task,
    "expense": Expense,
}
"""Where a record with versions is kept."""


def record_version(model: VersionedModel, record_id: str) -> int:
    """Return the version of a record; 0 where there is none."""
    record: object = db.session.get(model, record_id)
    return record.version if isinstance(record, Versioned) else 0
