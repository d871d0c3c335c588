"""count closed opportunities apart from orders

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ADDED = (
    "won_opportunities",
    "won_opportunities_value_minor",
    "lost_opportunities",
    "lost_opportunities_value_minor",
)


def upgrade() -> None:
    with op.batch_alter_table("daily_rollup") as table:
        for name in _ADDED:
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        table.drop_column("lost_deals")
        table.drop_column("lost_value_minor")
    with op.batch_alter_table("deal_fact") as table:
        table.add_column(
            sa.Column("was_opportunity", sa.SmallInteger(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("deal_fact") as table:
        table.drop_column("was_opportunity")
    with op.batch_alter_table("daily_rollup") as table:
        for name in ("lost_deals", "lost_value_minor"):
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        for name in _ADDED:
            table.drop_column(name)
