"""amounts in other currencies, frozen in the reporting one

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_ROLLUPS = ("daily_rollup", "team_day_rollup")
_COUNTS = (
    "won_without_rate",
    "lost_without_rate",
    "opportunities_without_rate",
    "open_deals_without_rate",
    "visit_orders_without_rate",
    "expenses_without_rate",
)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    # All amounts there are were in the reporting currency: none other was taken.
    for table in ("deal", "cost", "expense"):
        op.add_column(
            table,
            sa.Column("waits_for_rate", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
        op.add_column(table, sa.Column("minor_rate", sa.String(40), nullable=True))
        op.add_column(table, sa.Column("rate_on", sa.Date(), nullable=True))
    op.add_column(
        "expense",
        sa.Column("base_amount_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.execute("UPDATE expense SET base_amount_minor = amount_minor")
    for table in _ROLLUPS:
        for name in _COUNTS:
            op.add_column(table, _count(name))
    op.add_column("class_day_rollup", _count("visit_orders_without_rate"))
    op.add_column(
        "deal_fact",
        sa.Column("without_rate", sa.SmallInteger(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("deal_fact", "without_rate")
    op.drop_column("class_day_rollup", "visit_orders_without_rate")
    for table in _ROLLUPS:
        for name in reversed(_COUNTS):
            op.drop_column(table, name)
    op.drop_column("expense", "base_amount_minor")
    for table in ("expense", "cost", "deal"):
        op.drop_column(table, "rate_on")
        op.drop_column(table, "minor_rate")
        op.drop_column(table, "waits_for_rate")
