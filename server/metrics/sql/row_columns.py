"""The columns that rows behind numbers have, whatever they are."""

from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, cast, literal, null

from server.platform.database import Id

NO_DAY, NO_NUMBER = cast(null(), Date()), cast(null(), Integer())
_NO_ID = cast(null(), Id())


def row_columns(
    kind: str,
    id_: Any,
    *,
    rep_id: Any,
    day: Any,
    amount: Any,
    customer_id: Any = _NO_ID,
    first_day: Any = NO_DAY,
    events: Any = NO_NUMBER,
    team_id: Any = _NO_ID,
) -> tuple[ColumnElement[Any], ...]:
    """Return them in the one order in which rows of several kinds are put together.

    :param day: on which it counts; of what counts once the last one, and `first_day` the first
    :param events: how often something happened to what counts once
    """
    return (
        literal(kind).label("kind"),
        id_.label("id"),
        rep_id.label("rep_id"),
        day.label("day"),
        customer_id.label("customer_id"),
        amount.label("amount"),
        first_day.label("first_day"),
        events.label("events"),
        team_id.label("team_id"),
    )
