"""The database: one declarative base, column types that mean the same on SQLite and PostgreSQL."""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    Text,
    Uuid,
    bindparam,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, GenericFunction
from sqlalchemy.types import BigInteger, TypeDecorator, TypeEngine

# It prepares each connection, too.
from server.platform.connections import KEEP_ALL_CONNECTIONS, LAST_FIRST
from server.platform.json import read_json
from server.platform.settings import Settings

OPEN_CONNECTION = "open_connection"
"""Among what a session knows: the connection of a `transaction()` that is under way."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can drop them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def database_config(settings: Settings) -> dict[str, Any]:
    """Return what Flask-SQLAlchemy wants to know."""
    engine_options: dict[str, Any] = {"json_deserializer": read_json, **LAST_FIRST}
    if settings.uses_sqlite:
        engine_options["connect_args"] = {"check_same_thread": False}
    else:
        engine_options |= KEEP_ALL_CONNECTIONS
    return {
        "SQLALCHEMY_DATABASE_URI": settings.resolved_database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options,
    }


if TYPE_CHECKING:
    # mypy cannot see through `db.Model`, which is made at run time.
    class Model(Base):
        """A table of the application."""

        __abstract__ = True
else:
    Model = db.Model


UNCHECKED = "unchecked_in_postgresql"
"""Among what a foreign key knows: PostgreSQL has none there."""


def person_or_team(column: str) -> ForeignKey:
    """
    Return what ties a fact that phones write by the hundred to its person or team.

    A foreign key on SQLite, and so in every test. PostgreSQL would look at each row once more for
    each of them, a quarter of all that it does for a task; nobody deletes a person or a team
    (docs/adr/0025-facts-name-persons-and-teams-without-foreign-keys.md).
    """
    return ForeignKey(column, info={UNCHECKED: True})


class Id(Uuid[str]):
    """A UUID as its 36-character text; a native uuid on PostgreSQL."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(as_uuid=False)

    def result_processor(self, dialect: Dialect, _coltype: object) -> Any:
        """Put the hyphens in by hand where the column is text: a UUID object takes longer."""
        return None if dialect.supports_native_uuid else _with_hyphens


def _with_hyphens(stored: str | None) -> str | None:
    if stored is None:
        return None
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant: aware UTC in Python; timestamptz on PostgreSQL, text in UTC on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times: their zone would be a guess."""
        if value is None:
            return None
        value = _in_utc(value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Any:
        """Write SQLite's text in one go: its own way takes a dictionary for each."""
        return _text_without_zone if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Give every instant its zone back."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return value.replace(tzinfo=dt.UTC)
        return value.astimezone(dt.UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal number as the shortest text that says it: neither database rounds it."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        """Write 16250.50 as 16250.5, never with an exponent."""
        return None if value is None else exact_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        """Read it."""
        return None if value is None else Decimal(value)


def exact_text(value: Decimal) -> str:
    """Return the shortest text that says a number without an exponent."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _in_utc(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is dt.UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(f"naive time {value!r}: pass an aware one")
    return value.astimezone(dt.UTC)


@lru_cache(maxsize=4096)  # the moment of a record stands in several columns of several tables
def utc_text(value: dt.datetime | None) -> str | None:
    """
    Return an instant as text in UTC.

    :raises ValueError: if it has no zone
    """
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")


@lru_cache(maxsize=4096)
def _text_without_zone(value: dt.datetime | None) -> str | None:
    text = utc_text(value)
    return None if text is None else text[:_TEXT_LENGTH]


_TEXT_LENGTH = len("2026-01-01 00:00:00.000000")


class seconds_between(GenericFunction[int]):  # noqa: N801  (reads as the SQL function it is)
    """Whole seconds from the first instant to the second; each is cut to its second first.

    Cutting first makes SQLite and PostgreSQL agree to the last digit.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(seconds_between, "postgresql")
def _seconds_between_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(part, **kw) for part in element.clauses)
    return f"(floor(extract(epoch FROM {end})) - floor(extract(epoch FROM {start})))::bigint"


@compiles(seconds_between, "sqlite")
def _seconds_between_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(part, **kw) for part in element.clauses)
    return f"(unixepoch({end}) - unixepoch({start}))"


def upsert(
    table: Any,
    rows: Sequence[dict[str, Any]],
    *,
    keys: Sequence[str],
    update: Sequence[str] = (),
) -> None:
    """Insert rows in bulk; where a row with the same keys exists, update or leave it.

    :param keys: columns of the unique constraint
    :param update: columns overwritten by the new row; none means the old row stays
    """
    if rows:
        statement = _upsert(table, tuple(keys), tuple(update), db.engine.dialect.name)
        db.session.execute(statement, list(rows))


@lru_cache(maxsize=64)
def _upsert(table: Any, keys: tuple[str, ...], update: tuple[str, ...], _dialect: str) -> Any:
    statement = dialect_insert(table)
    if not update:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in update}
    )


class Several(TypeDecorator[list[Any]]):
    """Many values as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Say which type of the database takes it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(self.item))
        return dialect.type_descriptor(String())

    def bind_processor(self, dialect: Dialect) -> Any:
        """Write PostgreSQL's array of texts in one go: its driver looks at each of them."""
        if dialect.name == "postgresql" and type(self.item) in (String, Text, Id):
            return _array_of_texts
        return super().bind_processor(dialect)

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        """Write the values as the column keeps them."""
        if value is None or dialect.name == "postgresql":
            return value if value is None else list(value)
        convert = self.item.dialect_impl(dialect).bind_processor(dialect)
        many = [convert(one) for one in value] if convert else list(value)
        try:
            return orjson.dumps(many).decode()
        except TypeError:  # what only the standard writer takes
            return json.dumps(many)


def _array_of_texts(values: Iterable[str | None] | None) -> str | list[str | None] | None:
    if values is None:
        return None
    texts = list(values)
    try:
        inner = '","'.join(texts)  # type: ignore[arg-type]
    except TypeError:
        return texts  # one is NULL, which the driver knows how to write
    if "\\" in inner or inner.count('"') > 2 * (len(texts) - 1):
        inner = '","'.join(str(text).replace("\\", r"\\").replace('"', r"\"") for text in texts)
    return f'{{"{inner}"}}' if texts else "{}"


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True
    name = "among"

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - of every element
        """Stand as it is: as `(…) = 1`, which SQLite would get, no index can be used."""
        return self


@compiles(_Among, "postgresql")
def _among_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_Among, "sqlite")
def _among_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608


def among(
    column: Any, values: Iterable[Any] | None = None, *, name: str = "ids"
) -> ColumnElement[bool]:
    """
    Return the condition that a column has one of these values, however many.

    All of them are one parameter. With `in_` each is one of its own, and for some hundreds of ids
    SQLAlchemy takes longer over these than the database over the rows.

    :param values: left out in a statement that is made once
    :param name: of the statement's parameter that they are then
    """
    if values is None:
        return _Among(column, bindparam(name, type_=Several(column.type)))
    return _Among(column, bindparam(None, list(values), type_=Several(column.type)))


@dataclass(frozen=True, slots=True)
class ToCome:
    """Values of a statement that is made once: a parameter of this name, given each time."""

    name: str


def one_of(column: Any, values: Collection[Any] | ToCome) -> ColumnElement[bool]:
    """Return the condition that a column has one of some values, or of those that are to come."""
    if isinstance(values, ToCome):
        return among(column, name=values.name)
    condition: ColumnElement[bool] = column.in_(values)
    return condition


def dialect_insert(table: Any) -> Any:
    """Return the INSERT construct of the database in use, which knows ON CONFLICT."""
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def open_connection(session: Session) -> Connection:
    """Return the connection of the session's transaction, without SQLAlchemy's way to find it."""
    found: Connection | None = session.info.get(OPEN_CONNECTION)
    # A savepoint is only made once the session itself asks for its connection: without, what is
    # written past it would outlive the savepoint, and on PostgreSQL an error the transaction.
    if found is None or session.in_nested_transaction():
        return session.connection()
    return found


def is_postgresql() -> bool:
    """Whether the session talks to PostgreSQL."""
    return db.engine.dialect.name == "postgresql"
