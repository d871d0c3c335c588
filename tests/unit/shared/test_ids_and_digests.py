"""Ids sort by time and have one spelling; digests do not depend on the order of rows."""

from hypothesis import given
from hypothesis import strategies as st

from shared.sync import cursors
from shared.sync.ids import is_id, new_id

rows = st.lists(
    st.tuples(st.sampled_from(["visit", "deal"]), st.uuids().map(str), st.integers(1, 99)),
    unique_by=lambda row: row[:2],
)


def test_ids_sort_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(200)]

    assert ids == sorted(ids)
    assert all(is_id(made) for made in ids)


def test_an_id_has_one_spelling() -> None:
    made = new_id()

    assert not is_id(made.upper())
    assert not is_id(made.replace("-", ""))
    assert not is_id(f"{{{made}}}")
    assert not is_id(made + "\n")
    assert not is_id(7)


@given(rows, st.randoms())
def test_a_digest_says_which_rows_not_in_which_order(
    some: list[tuple[str, str, int]], rng: "object"
) -> None:
    shuffled = list(some)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]

    assert cursors.scope_digest(some) == cursors.scope_digest(shuffled)


@given(rows)
def test_a_digest_kept_step_by_step_equals_the_whole(some: list[tuple[str, str, int]]) -> None:
    digest = 0
    for row in some:
        digest = cursors.add(digest, cursors.row_digest(*row))
    assert digest == cursors.scope_digest(some)

    for row in some:
        digest = cursors.remove(digest, cursors.row_digest(*row))
    assert digest == 0


@given(rows.filter(bool))
def test_another_version_is_another_digest(some: list[tuple[str, str, int]]) -> None:
    entity, record_id, version = some[0]

    changed = [(entity, record_id, version + 1), *some[1:]]

    assert cursors.scope_digest(changed) != cursors.scope_digest(some)
