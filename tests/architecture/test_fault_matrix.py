"""Markers name rows of the matrix."""

from tests.faults.matrix import ROWS, marked


def test_every_marker_names_a_row() -> None:
    known = {(where, what) for where, faults in ROWS.items() for what in faults}
    strange = [(where, what, test) for where, what, test in marked() if (where, what) not in known]
    assert strange == []
