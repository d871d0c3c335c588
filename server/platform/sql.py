"""SQL that the two databases write differently."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Double, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from shared.schemas.limits import MAX_MINOR


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


class cell_number(GenericFunction[int]):  # noqa: N801
    """Which cell of a grid a number from 0 up lies in: the number, divided by the size, cut off."""

    type = BigInteger()
    inherit_cache = True


@compiles(cell_number, "postgresql")
def _cell_number_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    value, size = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(FLOOR(({value}) / ({size})) AS BIGINT)"


@compiles(cell_number, "sqlite")
def _cell_number_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    value, size = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(({value}) / ({size}) AS INTEGER)"


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
    return f"date({day}, printf('%+d days', -({count})))"


class converted(GenericFunction[int]):  # noqa: N801 - reads as the SQL function it is
    """An amount in minor units, put into the reporting currency at a rate of minor units.

    Rounded once, half-up, as `shared.money.convert_minor` does it. Empty where there is no rate, or
    what comes out is absurd.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(converted, "postgresql")
def _converted_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    amount, rate = (compiler.process(part, **kw) for part in element.clauses)
    exact = f"ROUND(CAST({amount} AS NUMERIC) * CAST({rate} AS NUMERIC))"
    return f"CAST(CASE WHEN ABS({exact}) <= {MAX_MINOR} THEN {exact} END AS BIGINT)"


@compiles(converted, "sqlite")
def _converted_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    amount, rate = (compiler.process(part, **kw) for part in element.clauses)
    return f"converted({amount}, {rate})"


class json_number(GenericFunction[float]):  # noqa: N801 - reads as the SQL function it is
    """The number that a JSON object has under a key without quotes; empty for anything else."""

    type = Double()
    inherit_cache = True


@compiles(json_number, "postgresql")
def _json_number_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    document, key = (compiler.process(part, **kw) for part in element.clauses)
    value = f"({document} -> CAST({key} AS TEXT))"
    return (
        f"CASE WHEN json_typeof({value}) = 'number'"
        f" THEN CAST(CAST({value} AS TEXT) AS DOUBLE PRECISION) END"
    )


@compiles(json_number, "sqlite")
def _json_number_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    document, key = (compiler.process(part, **kw) for part in element.clauses)
    path = f"'$.\"' || {key} || '\"'"
    return (
        f"CASE WHEN json_type({document}, {path}) IN ('integer', 'real')"
        f" THEN json_extract({document}, {path}) END"
    )


def larger(some: Any, other: Any) -> ColumnElement[Any]:
    """Return the larger one of two values, neither of them null."""
    return case((some > other, some), else_=other)


def smaller(some: Any, other: Any) -> ColumnElement[Any]:
    """Return the smaller one of two values, neither of them null."""
    return case((some < other, some), else_=other)
