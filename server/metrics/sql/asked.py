"""Statements about some periods and some reps, made once for all that are asked alike.

To put together what a database answers in two milliseconds takes SQLAlchemy three or more.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from server.metrics.sql.periods import Periods, PeriodsToCome, numbers_of
from server.metrics.sql.reach import Reach, Shape
from server.platform.prepared import Prepared, Row
from shared.time import Period

Make = Callable[[Any, Periods, Reach], Any]
"""Takes what is wanted, the periods and the reach; looks at no more of them than these offer."""

MakeWhose = Callable[[Any, Reach], Any]


def ask(make: Make, what: Hashable, periods: Sequence[Period], reach: Reach) -> list[Row]:
    """
    Return the rows of the statement that is made of what is wanted, some periods and a reach.

    :param make: always the same function for the same statement
    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    return _asked(make, what, PeriodsToCome.like(periods), periods, reach)


def ask_pieces(
    make: Make, what: Hashable, pieces: Sequence[Period], reach: Reach
) -> Iterator[tuple[Period, Any, Row]]:
    """
    Yield for each row the piece of time, the holder and the rest.

    :param make: of rows `in_pieces`, with number and holder before anything else
    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    of_number = numbers_of(pieces)
    to_come = PeriodsToCome.like_pieces(pieces)
    for number, holder, *rest in _asked(make, what, to_come, pieces, reach):
        if number in of_number:
            yield of_number[number], holder, tuple(rest)


def ask_whose(make: MakeWhose, what: Hashable, reach: Reach, **values: Any) -> list[Row]:
    """
    Return the rows of a statement about what is wanted and a reach, without periods.

    :param make: always the same function for the same statement
    :param values: its own parameters
    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    return _statement_whose(make, what, reach.shape).rows(**reach.values, **values)


def _asked(
    make: Make, what: Hashable, to_come: PeriodsToCome, periods: Sequence[Period], reach: Reach
) -> list[Row]:
    statement = _statement(make, what, to_come, reach.shape)
    return statement.rows(**to_come.values(periods), **reach.values)


@lru_cache(maxsize=1024)
def _statement(make: Make, what: Hashable, periods: PeriodsToCome, shape: Shape) -> Prepared:
    return Prepared(lambda: make(what, periods, shape.reach()))


@lru_cache(maxsize=256)
def _statement_whose(make: MakeWhose, what: Hashable, shape: Shape) -> Prepared:
    return Prepared(lambda: make(what, shape.reach()))
