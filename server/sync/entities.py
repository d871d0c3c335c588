"""THE TABLE: what phones send and who applies it. What travels down is in `downward.DOWNWARD`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

from sqlalchemy import select, union_all

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import Model, among
from server.platform.held import Held, find
from server.platform.prepared import Prepared
from server.platform.versioned import Versioned
from server.sync import apply, errands
from server.sync.incoming import Applied, Incoming
from server.tasks.models import Task
from server.visits.models import Visit
from shared.sync.ids import is_id
from shared.sync.protocol import Change, Kind

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
    ("signal.answer", Kind.COMMAND): errands.answer_signal,
    ("stop.cancel", Kind.COMMAND): apply.cancel_stop,
}

TOGETHER = frozenset(
    {
        ("visit", Kind.CREATE),
        ("visit", Kind.PATCH),
        ("check_in", Kind.CREATE),
        ("check_out", Kind.CREATE),
        ("track", Kind.CREATE),
        ("deal", Kind.CREATE),
        ("task", Kind.CREATE),
        ("expense", Kind.CREATE),
    }
)
"""What may be written in bulk: its operations use `server.platform.held` and ask nothing else."""

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
    record: object = find(model, record_id)
    return record.version if isinstance(record, Versioned) else 0


_NAMED: dict[str, type[Model]] = {
    "customer_id": Customer,
    "visit_id": Visit,
    "stop_id": JourneyStop,
}


def look_up(held: Held, changes: Iterable[Change]) -> None:
    """Read at once the rows that these changes make, change or name; visits to be changed."""
    wanted: dict[type[Model], set[str]] = {}
    made: dict[str, set[str]] = {}
    for change in changes:
        own: type[Model] | None = MODELS.get(change.entity)
        if own is not None:
            wanted.setdefault(own, set()).add(change.record_id)
        if own is not None and change.kind is Kind.CREATE:
            made.setdefault(change.entity, set()).add(change.record_id)
        for name, named in _NAMED.items():
            record_id = change.data.get(name)
            if is_id(record_id):
                wanted.setdefault(named, set()).add(str(record_id))
    # What is to be made is mostly not there, and to ask for no more than that takes one statement.
    there = _there(made)
    for entity, ids in made.items():
        absent = ids - there
        held.know_absent(MODELS[entity], absent)
        wanted[MODELS[entity]] -= absent
    for model in sorted(wanted, key=lambda model: model.__name__):
        if wanted[model]:
            held.look_up(model, wanted[model], lock=model is Visit)


def _there(by_entity: Mapping[str, Collection[str]]) -> set[str]:
    """Return the ids of which there is such a record."""
    if not by_entity:
        return set()
    entities = sorted(by_entity)
    found = _ids_of(tuple(entities)).rows(**{one: sorted(by_entity[one]) for one in entities})
    return {record_id for (record_id,) in found}


@lru_cache(maxsize=128)
def _ids_of(entities: tuple[str, ...]) -> Prepared:
    models = [(entity, MODELS[entity]) for entity in entities]
    return Prepared(
        lambda: union_all(
            *(select(model.id).where(among(model.id, name=entity)) for entity, model in models)
        )
    )
