"""THE TABLE: what phones send and who applies it. What travels down is in `downward.DOWNWARD`."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.fences.operations import ask_rules_ahead
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import Model
from server.platform.held import Held, ask_missing_ahead, ask_rows_ahead, find
from server.platform.versioned import Versioned
from server.products.models import Product
from server.sync import apply, errands
from server.sync.incoming import Applied, Incoming
from server.sync.row import Head, scope_of
from server.sync.window import LEAST_DAYS, WINDOWS, Window
from server.tasks.models import Task
from server.teams.queries import ask_for_team_ahead
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
    ("answer.accept", Kind.COMMAND): errands.accept_answer,
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


def record_version(model: VersionedModel, record_id: str, *, lock: bool = False) -> int:
    """Return the version of a record; 0 where there is none.

    :param lock: it is to be changed, and stays at this version for everybody else until then
    """
    record: object = find(model, record_id, lock=lock)
    return record.version if isinstance(record, Versioned) else 0


_NAMED: dict[str, VersionedModel] = {
    "customer_id": Customer,
    "visit_id": Visit,
    "stop_id": JourneyStop,
}


def heads_written(held: Held, *, day: dt.date) -> Iterator[tuple[str, str, Head, bool]]:
    """Give entity and id of the rows that were written, what the feed says, whether it is new.

    :param day: on which they came; whether much older rows are on the phone is left to be asked
    """
    since = day - dt.timedelta(days=LEAST_DAYS - 2)
    for model, values, is_new in held.written():
        of = _FEEDS.get(model)
        if of is None or values["deleted_at"] is not None:
            continue
        entity, window, owner = of
        if window.is_young(values, since=since):
            yield entity, values["id"], Head(values["version"], scope_of(values[owner])), is_new


_FEEDS: dict[type[Model], tuple[str, Window, str]] = {
    model: (entity, WINDOWS[entity], WINDOWS[entity].owner.key)
    for entity, model in MODELS.items()
    if entity in WINDOWS
}
"""Of tables whose rows are for one rep each: entity, window, and the column of that rep."""


def _products_of(changes: Iterable[Change]) -> set[str]:
    """Return the products that lines of orders name; what else stands there is not looked at."""
    lists = (change.data.get("lines") for change in changes if change.entity == "deal")
    lines = (line for lines in lists if isinstance(lines, list) for line in lines)
    named = (line.get("product_id") for line in lines if isinstance(line, dict))
    return {str(one) for one in named if is_id(one)}


def ask_ahead(changes: Collection[Change], *, rep_id: str, day: dt.date) -> None:
    """
    Have what `look_up` will read come along with what is asked next, and rep's team and fences.

    PostgreSQL then answers once instead of up to six times. It is as good as asked later as long
    as none of these records is there already, and only rows that `look_up` locks are changed.
    """
    wanted, absent = _wanted(changes, there=())
    for model in _in_order(wanted):
        if ids := wanted[model].difference(absent[model]):
            ask_rows_ahead(model, ids, lock=model is Visit)
    if products := _products_of(changes):
        ask_missing_ahead(Product, products)
    if any(change.entity == "check_in" for change in changes):
        ask_rules_ahead()
    ask_for_team_ahead(rep_id, day)


def look_up(held: Held, changes: Collection[Change], *, there: Collection[str]) -> None:
    """
    Read at once the rows that these changes make, change or name; visits to be changed.

    :param there: of the ids that they make, those of which there is a record
    """
    wanted, absent = _wanted(changes, there=there)
    for model, new in absent.items():
        held.know_absent(model, new)
    held.missing(Product, _products_of(changes))
    for model in _in_order(wanted):
        if ids := {one for one in wanted[model] if not held.knows(model, one)}:
            held.look_up(model, ids, lock=model is Visit)


def _wanted(
    changes: Collection[Change], *, there: Collection[str]
) -> tuple[dict[type[Model], set[str]], dict[type[Model], list[str]]]:
    """Return by table the ids of rows that changes are about or name, and of those that are new."""
    wanted: dict[type[Model], set[str]] = {model: set() for model in MODELS.values()}
    absent: dict[type[Model], list[str]] = {model: [] for model in MODELS.values()}
    create = Kind.CREATE
    for change in changes:
        own = MODELS.get(change.entity)
        if own is None:
            continue
        if change.kind is create and change.record_id not in there:
            absent[own].append(change.record_id)
        else:
            wanted[own].add(change.record_id)
    for name, model in _NAMED.items():
        named = {one for change in changes if type(one := change.data.get(name)) is str}
        wanted[model].update(filter(is_id, named))
    return wanted, absent


def _in_order(models: Iterable[type[Model]]) -> list[type[Model]]:
    """Return tables in the one order in which their rows are locked."""
    return sorted(models, key=lambda model: model.__name__)
