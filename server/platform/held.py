"""Many records in one go: looked up by a few set queries, written by a few bulk statements.

Operations find rows and keep new ones through these functions. Alone they do what the session
does. Inside `held_back()` new rows wait in memory, where `find` sees them, and are written at the
end, table by table; a row that was looked up before costs no query.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import chain
from types import FunctionType
from typing import Any, TypeVar, cast

from sqlalchemy import Table, bindparam, inspect, select, update
from sqlalchemy.orm import Mapper

from server.platform.bulk import insert_columns, insert_rows
from server.platform.database import Model, among, db
from server.platform.prepared import Prepared

_LOCK = {"key_share": True}
"""Not the key: a worker that counts the row would wait for this transaction."""

_METHODS = (FunctionType, property)

Row = TypeVar("Row", bound=Model)
Answer = TypeVar("Answer")
Columns = dict[str, Any]


class Held:
    """What one `held_back()` knows and has not written yet."""

    def __init__(self) -> None:
        self._found: dict[tuple[type[Model], str], Model | None] = {}
        self._ids: dict[type[Model], dict[str, bool]] = {}
        """Of rows of which nothing else is asked, whether they are there."""
        self._answers: dict[object, object] = {}
        self._made: list[tuple[type[Model], Columns]] = []
        self._early = 0
        """So many of them have been written, and how they were then:"""
        self._written_early: list[tuple[type[Model], Columns, Columns]] = []
        self._read: list[tuple[type[Model], Columns, Columns]] = []
        """Rows that may be changed: as they are by now, and as they were."""
        self._columns: dict[type[Model], list[Columns]] = {}
        self._newest: dict[object, tuple[Any, Callable[[], object]]] = {}
        self._told: dict[tuple[Callable[..., object], str], dict[Any, None]] = {}

    def look_up(self, model: type[Model], ids: Collection[str], *, lock: bool = False) -> None:
        """Read rows by key in a set query, so that `find` need not; also that one is not there."""
        wanted = sorted(ids)
        self._found.update(dict.fromkeys((model, one) for one in wanted))
        kind, plain, _ = _draft(model)
        names, key = tuple(plain), _key_name(model)
        for found in _rows_of(model, lock=lock).rows(ids=wanted):
            row = cast("Model", kind())
            row.__dict__ = values = dict(zip(names, found, strict=True))
            self._found[model, values[key]] = row
            if lock:
                self._read.append((model, values, values.copy()))

    def know_absent(self, model: type[Model], ids: Iterable[str]) -> None:
        """Take it that there are no such rows."""
        self._found.update(dict.fromkeys((model, one) for one in ids))

    def knows(self, model: type[Model], key: str) -> bool:
        """Return whether it is known if there is such a row."""
        return (model, key) in self._found

    def find(self, model: type[Row], key: str, *, lock: bool) -> Row | None:
        """Return a row, new ones too."""
        if (model, key) not in self._found:
            self.look_up(model, [key], lock=lock)
        return cast("Row | None", self._found[model, key])

    def found(self, model: type[Row]) -> Iterator[Row]:
        """Give the rows of a table that were looked up or made."""
        for (of, _), row in self._found.items():
            if of is model and row is not None:
                yield cast("Row", row)

    def missing(self, model: type[Model], ids: Collection[str]) -> set[str]:
        """Return the ids of which there is no row; each is asked for once."""
        known = self._ids.setdefault(model, {})
        if unasked := set(ids).difference(known):
            there = {key for (key,) in _ids_of(model).rows(ids=sorted(unasked))}
            known.update((key, key in there) for key in unasked)
        return {key for key in ids if not known[key]}

    def once(self, question: object, ask: Callable[[], object]) -> object:
        """Ask only once."""
        if question not in self._answers:
            self._answers[question] = ask()
        return self._answers[question]

    def make(self, model: type[Row], columns: Columns) -> Row:
        """Keep a new row for later, with its columns' defaults, as if it had been written."""
        kind, plain, made = _draft(model)
        row = cast("Row", kind())
        row.__dict__ = values = plain | columns
        for name, make in made:
            if name not in columns:
                values[name] = make()
        self._made.append((model, values))
        self._found[model, values[_key_name(model)]] = row
        return row

    def append(self, model: type[Model], columns: Columns) -> None:
        """Keep a new row for later that nobody looks up meanwhile."""
        self._columns.setdefault(model, []).append(columns)

    def newest(self, subject: object, at: dt.datetime, tell: Callable[[], object]) -> None:
        """Keep the newest word on a subject for later."""
        if subject not in self._newest or self._newest[subject][0] < at:
            self._newest[subject] = (at, tell)

    def gather(self, tell: Callable[..., object], subject: str, things: Iterable[Any]) -> None:
        """Keep what happened to a subject, to tell it once for all."""
        told = self._told.get((tell, subject))
        if told is None:
            told = self._told[tell, subject] = {}
        for thing in things:
            told[thing] = None

    def written(self) -> Iterator[tuple[type[Model], Columns, bool]]:
        """Give each row that was made, or read to be changed and changed; and whether it is new."""
        yield from ((model, values, True) for model, values in self._made)
        yield from ((model, now, False) for model, now, before in self._read if now != before)

    def write_early(self) -> None:
        """Write the new rows so far. Those that change later are written again."""
        new = self._made[self._early :]
        self._insert()
        self._written_early += [(model, values, values.copy()) for model, values in new]

    def write(self) -> None:
        """Write what was kept."""
        self._insert()
        self._write_changed()
        for _, tell in self._newest.values():
            tell()
        for (tell_of, subject), things in self._told.items():
            tell_of(subject, *things)

    def _insert(self) -> None:
        """Insert the new rows so far, into tables that others refer to first."""
        made: dict[type[Model], list[Columns]] = {}
        for model, values in self._made[self._early :]:
            made.setdefault(model, []).append(values)
        self._early = len(self._made)
        order = _order_of_tables()
        for model in sorted({*made, *self._columns}, key=lambda model: order[_table(model)]):
            if rows := made.get(model):  # each has all columns, in one order: its draft's
                columns = [*zip(*map(dict.values, rows), strict=True)]
                insert_columns(_table(model), tuple(_draft(model)[1]), columns)
            if model in self._columns:
                insert_rows(_table(model), self._columns[model])
        self._columns = {}

    def _write_changed(self) -> None:
        alike: dict[tuple[type[Model], tuple[str, ...]], list[Columns]] = {}
        for model, now, before in chain(self._read, self._written_early):
            if now == before:
                continue
            names = tuple(name for name, value in now.items() if value != before[name])
            row = {f"new_{name}": now[name] for name in names}
            row["row"] = now[_key_name(model)]
            alike.setdefault((model, names), []).append(row)
        for (model, names), rows in alike.items():
            _updating(model, names).write_all(rows)
        if alike and db.session().identity_map:
            db.session.expire_all()  # it does not know what was written past it


_held: ContextVar[Held | None] = ContextVar("held", default=None)


@contextmanager
def held_back() -> Iterator[Held]:
    """Hold new rows back until the end. If it fails they are not written at all."""
    held = Held()
    token = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(token)
    held.write()


def find(model: type[Row], key: str, *, lock: bool = False) -> Row | None:
    """Return a row by its key, or None.

    :param lock: to be changed, as it is now: others who would change it wait
    """
    held = _held.get()
    return _get(model, key, lock=lock) if held is None else held.find(model, key, lock=lock)


def ask_rows_ahead(model: type[Model], ids: Collection[str], *, lock: bool = False) -> None:
    """Have rows come along with what is asked next; `Held.look_up` of the same ids takes them."""
    _rows_of(model, lock=lock).ask_behind(ids=sorted(ids))


def ask_missing_ahead(model: type[Model], ids: Collection[str]) -> None:
    """Have the answer to `missing` come along with what is asked next."""
    _ids_of(model).ask_behind(ids=sorted(ids))


def make(model: type[Row], **columns: Any) -> Row:
    """
    Make a new row, which `find` sees from then on.

    While rows are held back it is no object of the session, but one that looks and changes like
    it: to set up SQLAlchemy's takes longer than all else that is done to a record.
    """
    held = _held.get()
    if held is not None:
        return held.make(model, columns)
    row = model(**columns)
    db.session.add(row)
    db.session.flush()
    return row


def append(model: type[Model], columns: Columns) -> None:
    """Keep a new row of a table that only grows; nobody looks it up in the same transaction."""
    held = _held.get()
    if held is not None:
        held.append(model, columns)
    else:
        db.session.add(model(**columns))


def write() -> None:
    """Send what the session has to the database, unless rows are held back."""
    if _held.get() is None:
        db.session.flush()


def once(question: object, ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` gives; while rows are held back, the same question is asked once."""
    held = _held.get()
    return ask() if held is None else cast("Answer", held.once(question, ask))


def missing(model: type[Model], ids: Collection[str]) -> set[str]:
    """Return those of these ids of which there is no row; while rows are held back, ask once."""
    held = _held.get()
    return (Held() if held is None else held).missing(model, ids)


def newest(subject: object, at: dt.datetime, tell: Callable[[], object]) -> None:
    """Tell something of which the newest alone counts: at once, or when held rows are written."""
    held = _held.get()
    if held is not None:
        held.newest(subject, at, tell)
    else:
        tell()


def gathered(tell: Callable[..., object], subject: str, things: Iterable[Any]) -> bool:
    """Return whether `tell(subject, *things)` is done later, when held rows are written."""
    held = _held.get()
    if held is None:
        return False
    held.gather(tell, subject, things)
    return True


def _get(model: type[Row], key: str, *, lock: bool) -> Row | None:
    return db.session.get(model, key, with_for_update=_LOCK if lock else None)


def _mapper(model: type[Model]) -> Mapper[Any]:
    return cast("Mapper[Any]", inspect(model))


def _table(model: type[Model]) -> Table:
    return cast("Table", model.__table__)


@lru_cache
def _order_of_tables() -> dict[Table, int]:
    """Return each table's place: after those it refers to."""
    return {table: number for number, table in enumerate(Model.metadata.sorted_tables)}


@lru_cache
def _draft(
    model: type[Model],
) -> tuple[type[object], Columns, Sequence[tuple[str, Callable[[], Any]]]]:
    """Return a plain class that can do what the model can, and its columns' defaults.

    First those that never differ, then those that are made anew for each row.
    """
    plain: Columns = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for attribute in _mapper(model).column_attrs:
        default: Any = attribute.columns[0].default
        plain[attribute.key] = None
        if default is not None and default.is_callable:
            made.append((attribute.key, partial(default.arg, None)))
        elif default is not None:
            plain[attribute.key] = default.arg
    bases = tuple(base for base in model.__bases__ if not issubclass(base, Model))
    own = {name: thing for name, thing in vars(model).items() if isinstance(thing, _METHODS)}
    own.pop("__init__", None)
    return type(f"Draft{model.__name__}", bases, own), plain, made


@lru_cache
def _key_name(model: type[Model]) -> str:
    return str(_mapper(model).primary_key[0].key)


@lru_cache
def _rows_of(model: type[Model], *, lock: bool) -> Prepared:
    key = getattr(model, _key_name(model))
    columns = [getattr(model, name) for name in _draft(model)[1]]

    def make_statement() -> Any:
        statement = select(*columns).where(among(key)).order_by(key)
        return statement.with_for_update(key_share=True) if lock else statement

    return Prepared(make_statement)


@lru_cache
def _ids_of(model: type[Model]) -> Prepared:
    key = getattr(model, _key_name(model))
    return Prepared(lambda: select(key).where(among(key)))


@lru_cache(maxsize=128)
def _updating(model: type[Model], names: tuple[str, ...]) -> Prepared:
    columns = _table(model).columns
    new = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    key = columns[_key_name(model)]
    return Prepared(lambda: update(_table(model)).where(key == bindparam("row")).values(new))
