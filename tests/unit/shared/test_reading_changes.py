"""Reading a change quickly and part by part gives the same, whatever stands in a line."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.sync import chain
from shared.sync.change import Change, said
from shared.sync.wire import MalformedError

GOOD: dict[str, Any] = {
    "s": 7,
    "e": "task",
    "k": "p",
    "id": "01a21be2-0655-7c6f-8dd1-8ac4b46d652b",
    "bv": 3,
    "g": "of one",
    "d": {"title": "Call"},
    "t": {"w": 1, "m": 2, "b": "boot", "a": "1.x", "am": 5},
}
ODD = [
    None,
    True,
    -1,
    0,
    1.0,
    2**63,
    2**70,
    "",
    "x" * 200,
    "a\x00b",
    "\x7f",
    [],
    ["k"],
    {},
    {"k": 1},
]
PLACES = [(name,) for name in GOOD] + [("t", name) for name in ("w", "m", "b", "a", "am", "ab")]


@given(
    st.dictionaries(st.sampled_from(PLACES), st.sampled_from(ODD), max_size=3),
    st.sets(st.sampled_from(PLACES), max_size=3),
)
@example({}, set())
@example({}, {("bv",), ("g",), ("t", "a")})
def test_both_ways_of_reading_agree(
    spoiled: dict[tuple[str, ...], Any], missing: set[tuple[str, ...]]
) -> None:
    wire = {**GOOD, "t": dict(GOOD["t"])}
    for place, value in sorted(spoiled.items(), key=lambda each: -len(each[0])):
        (wire["t"] if len(place) > 1 else wire)[place[-1]] = value
    for place in sorted(missing, key=len, reverse=True):
        inside = wire.get("t") if len(place) > 1 else wire
        if isinstance(inside, dict):
            inside.pop(place[-1], None)

    assert read(Change.from_wire, wire) == read(Change._from_parts, wire)


@pytest.mark.parametrize("value", [None, [], "s", 1, ["s", "e", "k", "id", "d", "t"]])
def test_what_is_no_object_is_no_change(value: Any) -> None:
    with pytest.raises(MalformedError):
        Change.from_wire(value)


def read(way: Any, wire: Any) -> Any:
    try:
        return way(wire)
    except MalformedError as error:
        return error.field, error.reason


TRICKS = (',"d":{', ',"t":{', '"t"', "}", "\\", '"', "é")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('dt:{},"\\é ')),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["d", "t", *TRICKS]), inner),
    max_leaves=8,
)


@given(
    data=st.dictionaries(st.sampled_from(["d", "t", "title", *TRICKS]), JSON),
    group_id=st.none() | st.sampled_from(TRICKS),
    entity=st.sampled_from(["task", *TRICKS]),
)
def test_what_is_said_is_found_without_reading_the_line(
    data: dict[str, Any], group_id: str | None, entity: str
) -> None:
    change = replace(Change.from_wire(GOOD), data=data, group_id=group_id, entity=entity)
    line, _ = chain.seal(change.to_body(), head=chain.FIRST_HEAD, key=b"k" * 32)
    assert json.loads(said(line)) == data
