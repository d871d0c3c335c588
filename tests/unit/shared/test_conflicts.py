"""The laws of merging: what nobody else touched is applied, and nothing is lost silently."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sync.conflicts import POLICIES, Policy, append, resolve

FIELDS = ["title", "note", "stage_key", "lines", "amount_minor", "expected_close_on"]
values = st.none() | st.text(max_size=5)
patches = st.dictionaries(st.sampled_from(FIELDS), values)
records = st.fixed_dictionaries(dict.fromkeys(FIELDS, values))
touched_fields = st.sets(st.sampled_from(FIELDS))


@given(patches, records)
def test_a_patch_nobody_else_touched_is_applied_as_sent(
    patch: dict[str, Any], current: dict[str, Any]
) -> None:
    resolution = resolve("deal", patch=patch, current=current, touched=set())

    assert {**current, **resolution.apply} == {**current, **patch}
    assert (resolution.merged, resolution.conflicts) == ({}, ())


@given(patches, records, touched_fields)
def test_a_patch_applied_twice_changes_nothing_the_second_time(
    patch: dict[str, Any], current: dict[str, Any], touched: set[str]
) -> None:
    first = resolve("deal", patch=patch, current=current, touched=touched)
    after = {**current, **first.apply}

    again = resolve("deal", patch=patch, current=after, touched=touched)

    assert {**after, **again.apply} == after


@given(patches, records, touched_fields)
def test_a_person_is_asked_only_where_both_sides_differ(
    patch: dict[str, Any], current: dict[str, Any], touched: set[str]
) -> None:
    resolution = resolve("deal", patch=patch, current=current, touched=touched)

    for name in resolution.conflicts:
        assert name in touched
        assert patch[name] != current.get(name)
        assert POLICIES["deal"][name] is Policy.ASK
    if resolution.conflicts:
        assert resolution.apply == {}


@given(patches, records, touched_fields)
def test_the_phone_is_told_of_every_field_that_is_not_as_it_sent_it(
    patch: dict[str, Any], current: dict[str, Any], touched: set[str]
) -> None:
    resolution = resolve("deal", patch=patch, current=current, touched=touched)

    if not resolution.conflicts:
        for name, value in patch.items():
            now = {**current, **resolution.apply}.get(name)
            assert now == value or resolution.merged[name] == now


@given(st.text(), st.text())
def test_both_notes_are_kept(theirs: str, mine: str) -> None:
    both = append(theirs, mine)

    assert theirs in both
    assert mine in both
    assert append(both, mine) == both


STATES = ["open", "in_progress", "done", "cancelled"]


@pytest.mark.parametrize("mine", STATES)
@pytest.mark.parametrize("theirs", STATES)
def test_a_task_takes_the_further_state_and_asks_between_two_ends(mine: str, theirs: str) -> None:
    resolution = resolve(
        "task", patch={"state": mine}, current={"state": theirs}, touched={"state"}
    )

    if {mine, theirs} == {"done", "cancelled"}:
        assert resolution.conflicts == ("state",)
    else:
        further = max(mine, theirs, key=STATES.index)
        assert {"state": theirs, **resolution.apply}["state"] == further
        assert resolution.conflicts == ()


@pytest.mark.parametrize("mine", STATES)
@pytest.mark.parametrize("theirs", STATES)
def test_a_task_nobody_else_touched_may_go_back(mine: str, theirs: str) -> None:
    resolution = resolve("task", patch={"state": mine}, current={"state": theirs}, touched=set())

    assert {"state": theirs, **resolution.apply}["state"] == mine
