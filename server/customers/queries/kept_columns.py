"""Columns that imports have kept of customers although no custom field was defined for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true

from server.customers.models import Customer
from server.platform.access import Access
from server.platform.database import db
from shared.custom_fields import LONGEST_KEY

_NOT_IN_A_KEY = frozenset('"\\')
"""Signs that a path in JSON would have to write in another way on each database."""

BEFORE_ALL = str(UUID(int=0))
"""An id that comes before those of all customers."""


@dataclass(frozen=True)
class KeptColumn:
    """A column, and how many customers have something in it."""

    name: str
    customers: int

    @property
    def may_be_defined(self) -> bool:
        """Whether a field can have this key."""
        return len(self.name) <= LONGEST_KEY and _NOT_IN_A_KEY.isdisjoint(self.name)


@dataclass(frozen=True)
class KeptValue:
    """What stands in a column, and at how many customers."""

    text: str
    customers: int


def kept_columns(*, access: Access, defined: Collection[str]) -> list[KeptColumn]:
    """Return the columns that have no field, by name."""
    each = func.json_each(Customer.custom_fields).table_valued("key", "value", name="each")
    rows = db.session.execute(
        select(each.c.key, func.count())
        .select_from(Customer)
        .join(each, true())
        .where(access.rows(Customer.owner_id, Customer.team_id), each.c.key.not_in(defined))
        .group_by(each.c.key)
        .order_by(each.c.key)
    )
    return [KeptColumn(name, count) for name, count in rows]


def kept_values(*, access: Access, column: str, most: int) -> list[KeptValue]:
    """Return what stands in a column, the most frequent first; at most so many different ones."""
    text = text_of(column)
    rows = db.session.execute(
        select(text, func.count())
        .where(access.rows(Customer.owner_id, Customer.team_id), text.is_not(None))
        .group_by(text)
        .order_by(func.count().desc(), text)
        .limit(most)
    )
    return [KeptValue(str(value), count) for value, count in rows]


def rows_with(*, access: Access, column: str, after: str, most: int) -> Sequence[Any]:
    """
    Return id, custom fields, version and versions of fields of customers, by id, and lock them.

    Those with something in a column, deleted ones too: they may come back.
    """
    return db.session.execute(
        select(Customer.id, Customer.custom_fields, Customer.version, Customer.field_versions)
        .where(
            access.rows(Customer.owner_id, Customer.team_id),
            text_of(column).is_not(None),
            Customer.id > after,
        )
        .order_by(Customer.id)
        .limit(most)
        .with_for_update()
    ).all()


def text_of(key: str) -> Any:
    """Return the text that a customer has under a key, as an expression; NULL for none."""
    return Customer.custom_fields[key].as_string()
