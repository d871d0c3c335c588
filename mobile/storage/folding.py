"""Laying changes of the rep on top of a row."""

from collections.abc import Sequence
from typing import Any

from shared.sync.protocol import Change, Kind

_OF_ITS_WORTH = frozenset({"amount_minor", "lines", "stage_key"})


def folded(view: dict[str, Any] | None, changes: Sequence[Change]) -> dict[str, Any] | None:
    """Return a row with changes laid on top, in their order; None where there is no row."""
    for change in changes:
        view = fold(view, change.entity, change.kind, change.data)
    return view


def fold(
    view: dict[str, Any] | None, entity: str, kind: Kind, data: dict[str, Any]
) -> dict[str, Any] | None:
    """Return a row with a change laid on top; None where there is no row."""
    if kind is Kind.CREATE:
        return {**(view or {}), **data}
    if view is None:
        return None
    if kind is Kind.PATCH:
        changed = {**view, **data}
        if not _OF_ITS_WORTH.isdisjoint(data):
            # What the office said it is worth in its currency, it said of how it was before.
            changed.pop("base_amount_minor", None)
        return changed
    if kind is Kind.DELETE:
        return None
    return {**view, **_effect(entity, data)}


def _effect(command: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields a command changes at once; none where the office decides."""
    if command == "signal.answer":
        return {"answer": data["answer"]}
    if command == "stop.cancel":
        return {"state": "cancelled", "cancel_reason": data["reason"]}
    return {"withdrawn": data["withdrawn"]} if command == "photo.withdraw" else {}
