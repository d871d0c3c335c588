"""Statements about some periods and some reps, made once for all that are asked alike.

To put together what a database answers in two milliseconds takes SQLAlchemy three or more.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

from server.metrics.sql.reach import Periods, PeriodsToCome, Reach, Shape
from server.platform.prepared import Prepared, Row
from shared.time import Period

Make = Callable[[Any, Periods, Reach], Any]
"""Takes what is wanted, the periods and the reach; looks at no more of them than these offer."""


def ask(make: Make, what: Hashable, periods: Sequence[Period], reach: Reach) -> list[Row]:
    """
    Return the rows of the statement that is made of what is wanted, some periods and a reach.

    :param make: always the same function for the same statement
    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    to_come = PeriodsToCome.like(periods)
    statement = _statement(make, what, to_come, reach.shape)
    return statement.rows(**to_come.values(periods), **reach.values)


@lru_cache(maxsize=1024)
def _statement(make: Make, what: Hashable, periods: PeriodsToCome, shape: Shape) -> Prepared:
    return Prepared(lambda: make(what, periods, shape.reach()))
