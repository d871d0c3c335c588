"""Who said what a record says: each of its versions has one author, and no value was lost.

Of visits and customers, which change by their evidence and by hand as well, the values alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.platform.database import db
from server.platform.versioned import Versioned
from server.sync.downward import DOWNWARD
from server.sync.forebears import TOOK
from server.sync.models import ChangeLog
from server.tasks.models import Task
from server.visits.models import Visit
from shared.sync import chain
from shared.sync.change import Change
from shared.sync.conflicts import POLICIES, Policy
from shared.sync.protocol import Result
from shared.vocabulary import CUSTOM_FIELD
from tests.faults.simulated.counters import check_the_stages
from tests.faults.simulated.world import Written

_OWNED: dict[str, Any] = {
    "deal": Deal.owner_id,
    "task": Task.rep_id,
    "expense": Expense.rep_id,
    "visit": Visit.rep_id,
    "customer": Customer.owner_id,
}
_TEXTS = ("note", "notes")
_BY_CHANGES_ALONE = ("deal", "task", "expense")
_ALIKE = {"lines": {"lines", "amount_minor"}, "amount_minor": {"lines", "amount_minor"}}
"""Lines say the amount."""


@dataclass(frozen=True)
class Said:
    """A change that took: from one version of the record to another."""

    before: int
    after: int
    fields: dict[str, Any]
    """As they stood then."""
    sent: dict[str, Any] = field(default_factory=dict)
    devices: list[str] = field(default_factory=list)
    """The one that said it first, and others that said the same later; none: the office."""
    base: int = 0
    """The version that its author had seen."""


def check_the_authors(
    owners: Iterable[str], written: Sequence[Written], *, is_own: Callable[[str, str], bool] | None
) -> None:
    """Check all that phones and office change of reps; asks for an app context.

    :param written: what the office wrote
    :param is_own: whether two devices are one phone's; None: versions do not tell who saw what
    """
    for entity, owner in _OWNED.items():
        model: Any = owner.class_
        records = {
            row.id: row for row in db.session.scalars(select(model).where(owner.in_(set(owners))))
        }
        said: dict[str, dict[tuple[int, int], Said]] = {key: {} for key in records}
        for one in written:
            if one.entity == entity and one.record_id in said:
                said[one.record_id][one.before, one.after] = Said(one.before, one.after, one.fields)
        for record_id, one_said in _sent(entity, list(records)):
            known = said[record_id].setdefault((one_said.before, one_said.after), one_said)
            if known is not one_said:
                known.devices.extend(one_said.devices)
        now = DOWNWARD[entity].read(list(records))
        for record_id, record in records.items():
            history = [said[record_id][key] for key in sorted(said[record_id])]
            if entity in _BY_CHANGES_ALONE:
                _check_versions(record, history)
            if entity == "deal":
                check_the_stages(record_id, _stages(history))
            row = now.get(record_id)
            _check_values(entity, history, row.fields if row else None, is_own)


def _sent(entity: str, record_ids: Sequence[str]) -> Iterator[tuple[str, Said]]:
    """Give what phones sent and the server took; where it came twice, the same twice."""
    log = db.session.scalars(
        select(ChangeLog)
        .where(
            ChangeLog.entity == entity,
            ChangeLog.record_id.in_(record_ids),
            ChangeLog.status.in_(TOOK),
        )
        .order_by(ChangeLog.received_at, ChangeLog.sequence)
    )
    for entry in log:
        change = Change.from_body(chain.split(entry.line)[0])
        answer = Result.from_wire(entry.result)
        took = {**change.data, **answer.fields}
        if change.data.get("lines") and "amount_minor" not in answer.fields:
            took.pop("amount_minor", None)  # of a deal made anew after a refusal: the lines count
        yield (
            entry.record_id,
            Said(
                entry.version_before,
                answer.version or 0,
                took,
                change.data,
                [entry.device_id],
                change.base_version or 0,
            ),
        )


def _stages(history: Sequence[Said]) -> list[str]:
    """Return the stages that a deal was in; an order is won from the first, whoever says it."""
    said = [one.fields["stage_key"] for one in history if "stage_key" in one.fields]
    return [stage for before, stage in pairwise([None, *said]) if stage != before]


def _check_versions(record: Versioned, history: Sequence[Said]) -> None:
    """One effect each: what took leads from the first version to the last, without a step twice."""
    steps = [(one.before, one.after) for one in history if one.before != one.after]
    starts = [0, *(after for _, after in steps)]
    assert steps == list(zip(starts, [*starts[1:], record.version], strict=False))[: len(steps)]
    assert starts[-1] == record.version


def _check_values(
    entity: str,
    history: Sequence[Said],
    now: dict[str, Any] | None,
    is_own: Callable[[str, str], bool] | None,
) -> None:
    """Check that a record says what was said last, and of texts what anybody said."""
    value: dict[str, Any] = {}
    for place, one in enumerate(history):
        for name, mine in one.sent.items():
            names = _ALIKE.get(name, {name})
            meanwhile = is_own is not None and any(
                names & other.fields.keys()
                and not any(is_own(one.devices[0], device) for device in other.devices)
                for other in history[:place]
                if other.before >= max(one.base, 1)
            )
            policy = _policy(entity, name)
            if meanwhile and policy is Policy.ASK:
                assert _same(value.get(name), mine), f"{entity}.{name}: nobody was asked"
            if meanwhile and policy is Policy.APPEND:
                assert mine in one.fields[name]
                assert value[name] in one.fields[name], f"{entity}.{name}: a text was lost"
        value |= one.fields
        if "lines" in one.fields and "amount_minor" not in one.fields:
            value["amount_minor"] = sum(map(_amount_minor, one.fields["lines"]))
    if now is not None:
        differing = {
            name for name in value.keys() & now.keys() if not _same(value[name], now[name])
        }
        assert differing == set()


def _policy(entity: str, name: str) -> Policy | None:
    """Return what is to happen: of own fields and texts as told here, not by the server's table."""
    if name.startswith(CUSTOM_FIELD):
        return Policy.ASK
    return Policy.APPEND if name in _TEXTS else POLICIES[entity].get(name)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return [*map(_line, one)] == [*map(_line, other)]
    return bool(one == other)


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
    return line["product_id"], line["quantity"], _amount_minor(line)


def _amount_minor(line: dict[str, Any]) -> int:
    quantity, price_minor = line["quantity"], line["unit_price_minor"]
    return int(quantity * price_minor - line.get("discount_minor", 0))
