"""count revenue of up- and cross-sells, leads within 30 days

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SUMMED = ("leads_to_opportunities_30d", "upsell_revenue_minor", "cross_sell_revenue_minor")


def upgrade() -> None:
    with op.batch_alter_table("daily_rollup") as table:
        for name in _SUMMED:
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    # All days are counted again: the new totals are not there yet.
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "
        "SELECT rep_id, day, 1, CURRENT_TIMESTAMP FROM daily_rollup WHERE true "
        "ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    with op.batch_alter_table("daily_rollup") as table:
        for name in _SUMMED:
            table.drop_column(name)
