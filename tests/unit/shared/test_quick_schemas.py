"""The quick reading of records takes what the schema takes, and gives the same."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.schemas.catalogue import UPWARD
from shared.schemas.quick import QuickSchema, UnsureError
from shared.sync.ids import new_id
from shared.sync.protocol import Kind

_ID = new_id()
_FIX = {"latitude": -6.2, "longitude": 106.9, "accuracy_m": 9, "fix_ms": 1, "is_mock": False}
_FENCE = {"customer_id": _ID, "latitude": None, "longitude": None, "radius_m": 100}
_LINE = {"product_id": _ID, "quantity": 2, "unit_price_minor": 5}
GOOD: dict[tuple[str, Kind], dict[str, Any]] = {
    ("visit", Kind.CREATE): {"customer_id": _ID, "stop_id": None, "time_zone": "Asia/Jakarta"},
    ("visit", Kind.PATCH): {"notes": "x", "no_sale_reason": None},
    ("check_in", Kind.CREATE): {
        "visit_id": _ID,
        "customer_id": _ID,
        "fix": _FIX,
        "fence": _FENCE,
        "time_zone": "Asia/Jakarta",
        "verdict": "inside",
    },
    ("track", Kind.CREATE): {"time_zone": "Asia/Jakarta", "fixes": [[1, 2.0, 3.0, 4.0, 0]]},
    ("deal", Kind.CREATE): {
        "customer_id": _ID,
        "stage_key": "won",
        "currency": "IDR",
        "lines": [_LINE],
        "expected_close_on": "2026-11-25",
    },
}
_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 1.0, -1, 2**60, 10**400, float("nan"), "", "x" * 5000, "\x00", [], {}, "1", _ID]
)


@pytest.mark.parametrize("key", GOOD, ids=lambda key: f"{key[0]}-{key[1]}")
def test_a_good_record_is_read_without_the_schema(key: tuple[str, Kind]) -> None:
    schema = UPWARD[key]
    loaded = QuickSchema(schema).load(GOOD[key], partial=False)
    assert loaded == schema.load(GOOD[key], partial=key[1] is Kind.PATCH)


@given(key=st.sampled_from(sorted(GOOD)), data=st.data())
def test_what_it_takes_the_schema_takes_alike(key: tuple[str, Kind], data: st.DataObject) -> None:
    schema = UPWARD[key]
    record = copy.deepcopy(GOOD[key])
    place: Any = record
    name = data.draw(st.sampled_from(sorted(record)))
    while isinstance(place[name], dict | list) and place[name] and data.draw(st.booleans()):
        place = place[name]
        name = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else [0]))
    if isinstance(place, dict) and data.draw(st.booleans()):
        del place[name]
    else:
        place[name] = data.draw(_ODD)
    partial = data.draw(st.booleans())

    try:
        quick = QuickSchema(schema).load(record, partial=partial)
    except UnsureError:
        return
    assert quick == schema.load(record, partial=partial)
    assert str(quick) == str(schema.load(record, partial=partial))  # 1 and 1.0 are equal
