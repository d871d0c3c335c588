"""indexes of customers who order abroad, and of days without a reason

Revision ID: 0061
Revises: 0060
"""

from alembic import op
from sqlalchemy import text

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_customer_currency", "customer", ["currency"], "currency <> ''"),
    (
        "ix_daily_rollup_unexplained",
        *("daily_rollup", ["day", "rep_id"], "unproductive_completed_visits > no_sale_visits"),
    ),
)


def upgrade() -> None:
    for name, table, columns, rows in _INDEXES:
        op.create_index(
            name, table, columns, postgresql_where=text(rows), sqlite_where=text(rows)
        )


def downgrade() -> None:
    for name, table, *_ in reversed(_INDEXES):
        op.drop_index(name, table)
