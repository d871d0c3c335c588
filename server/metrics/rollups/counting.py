"""Small pieces of SQL that all counting is made of."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, case, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from server.deals.models import Deal
from server.visits.models import Visit
from shared.vocabulary import StageKind, VisitState

Amounts = Mapping[str, ColumnElement[int]]
"""What one row adds to each measure, by the measure's column."""


def one_if(condition: Any) -> ColumnElement[int]:
    """Return 1 where this holds, else 0."""
    return case((condition, 1), else_=0)


def value_if(condition: Any, value: Any) -> ColumnElement[int]:
    """Return the value where this holds, else 0."""
    return case((condition, value), else_=0)


def count_if(condition: Any) -> ColumnElement[int]:
    """Count the rows for which this holds."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def valid_deal() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on deals that count at all: neither voided nor deleted."""
    return Deal.voided_at.is_(None), Deal.deleted_at.is_(None)


def won_deal() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on won deals that count."""
    return Deal.kind == StageKind.WON, *valid_deal()


def counted_visit() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on visits that count: checked in, neither deleted nor cancelled."""
    return (
        Visit.started_at.is_not(None),
        Visit.deleted_at.is_(None),
        Visit.state != VisitState.CANCELLED,
    )


class days_between(GenericFunction[int]):  # noqa: N801 - reads as the SQL function it is
    """Whole days from the first date to the second."""

    type = BigInteger()
    inherit_cache = True


@compiles(days_between, "postgresql")
def _days_between_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(part, **kw) for part in element.clauses)
    return f"({end} - {start})"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)"


class days_before(GenericFunction[dt.date]):  # noqa: N801 - reads as the SQL function it is
    """The date a number of days before a date."""

    type = Date()
    inherit_cache = True


@compiles(days_before, "postgresql")
def _days_before_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    day, count = (compiler.process(part, **kw) for part in element.clauses)
    return f"({day} - CAST({count} AS INTEGER))"


@compiles(days_before, "sqlite")
def _days_before_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    day, count = (compiler.process(part, **kw) for part in element.clauses)
    return f"date({day}, '-' || {count} || ' days')"
