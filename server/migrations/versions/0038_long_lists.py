"""indexes for pages of long lists, in their orders and by parts of names

Parts of names are looked up with trigrams where PostgreSQL has them and lets us use them; elsewhere
every name is read, as before.

Revision ID: 0038
Revises: 0037
"""

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_customer_city_id", "customer", ["city", "id"]),
    ("ix_customer_class_id", "customer", ["customer_class", "id"]),
    ("ix_customer_team_id_name", "customer", ["team_id", "name"]),
    ("ix_visit_day_started_at", "visit", ["day", "started_at"]),
    ("ix_deal_team_id_updated_at", "deal", ["team_id", "updated_at"]),
    ("ix_deal_updated_at_id", "deal", ["updated_at", "id"]),
    ("ix_deal_amount_id", "deal", ["base_amount_minor", "id"]),
)
_SEARCHED = (
    ("customer", "name"),
    ("customer", "code"),
    ("customer", "phone"),
    ("deal", "title"),
    ("deal", "code"),
)


def upgrade() -> None:
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    op.drop_index("ix_visit_day", "visit")
    if op.get_bind().dialect.name == "postgresql" and _has_trigrams():
        for table, column in _SEARCHED:
            op.create_index(
                f"ix_{table}_{column}_parts",
                table,
                [column],
                postgresql_using="gin",
                postgresql_ops={column: "gin_trgm_ops"},
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _SEARCHED:
            op.drop_index(f"ix_{table}_{column}_parts", table, if_exists=True)
    op.create_index("ix_visit_day", "visit", ["day"])
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)


def _has_trigrams() -> bool:
    """Whether the extension is there, or the database's owner may add it."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError:
        return False
    return True
