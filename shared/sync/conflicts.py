"""What becomes of a change made offline to a record that somebody else has changed meanwhile.

Pure rules, one line a field. "Last" is the order in which changes reach the server, never a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.vocabulary import CUSTOM_FIELD, TaskState


class Policy(StrEnum):
    """What to do where both sides changed a field."""

    LAST = "last"
    """The later arrival counts; the overwritten value stays in the change log."""
    APPEND = "append"
    """Both texts are kept, one after the other."""
    FURTHER = "further"
    """The state that is further on counts; between two ends a person decides."""
    ASK = "ask"
    """A person decides; nothing is applied."""


POLICIES: dict[str, dict[str, Policy]] = {
    "deal": {
        "stage_key": Policy.ASK,
        "amount_minor": Policy.ASK,
        "lines": Policy.ASK,
        "expected_close_on": Policy.ASK,
        "note": Policy.APPEND,
    },
    "visit": {"notes": Policy.APPEND},
    "customer": {"notes": Policy.APPEND},
    "task": {"state": Policy.FURTHER, "note": Policy.APPEND},
    "expense": {
        "state": Policy.ASK,
        "day": Policy.ASK,
        "kind": Policy.ASK,
        "amount_minor": Policy.ASK,
        "note": Policy.APPEND,
    },
}

_ONE_VALUE = {"deal": frozenset({"lines", "amount_minor"})}
"""Fields that say the same in two ways: the lines make the amount."""

_STEPS = {
    TaskState.OPEN: 0,
    TaskState.IN_PROGRESS: 1,
    TaskState.DONE: 2,
    TaskState.CANCELLED: 2,
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to write, what of it differs from what was sent, and what nobody may decide alone."""

    apply: dict[str, Any] = field(default_factory=dict)
    merged: dict[str, Any] = field(default_factory=dict)
    """Fields that somebody else had changed too, with the values they have now."""
    conflicts: tuple[str, ...] = ()


def with_alike(entity: str, names: Iterable[str]) -> set[str]:
    """Return fields, with those that change together with one of them."""
    found, one_value = set(names), _ONE_VALUE.get(entity, frozenset())
    return found if found.isdisjoint(one_value) else found | one_value


def resolve(
    entity: str,
    *,
    patch: Mapping[str, Any],
    current: Mapping[str, Any],
    touched: frozenset[str] | set[str],
) -> Resolution:
    """
    Decide, field by field.

    :param patch: the fields as the phone wants them
    :param current: the record as the server has it
    :param touched: fields that somebody else changed since the version the phone had seen
    """
    policies = POLICIES.get(entity, {})

    def policy_of(name: str) -> Policy | None:
        return Policy.ASK if name.startswith(CUSTOM_FIELD) else policies.get(name)

    # A patch sent again by a phone that was enrolled anew asks for what is there already.
    wanted = {name: value for name, value in patch.items() if current.get(name) != value}
    conflicts = tuple(
        name
        for name, mine in wanted.items()
        if name in touched and _needs_a_person(policy_of(name), mine, current.get(name))
    )
    if conflicts:
        return Resolution(conflicts=conflicts)
    apply, merged = {}, {}
    for name, mine in wanted.items():
        apply[name] = mine
        if name not in touched:
            continue
        if policies.get(name) is Policy.APPEND:
            apply[name] = append(current.get(name) or "", mine or "")
        elif policies.get(name) is Policy.FURTHER:
            apply[name] = max(mine, current[name], key=_STEPS.__getitem__)
        merged[name] = apply[name]
    return Resolution(apply=apply, merged=merged)


def _needs_a_person(policy: Policy | None, mine: Any, theirs: Any) -> bool:
    """Return whether two different values of a field that both sides changed cannot be joined."""
    if policy is Policy.FURTHER:
        return _STEPS[mine] == _STEPS[theirs]
    return policy is Policy.ASK


def append(theirs: str, mine: str) -> str:
    """Return both texts; a text that is part of the other already is not repeated."""
    if mine in theirs:
        return theirs
    if theirs in mine:
        return mine
    return f"{theirs}\n{mine}"
