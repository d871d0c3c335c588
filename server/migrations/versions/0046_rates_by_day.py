"""exchange rates by day, for the currencies that phones offer

Revision ID: 0046
Revises: 0045
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_exchange_rate_day", "exchange_rate", ["day"])


def downgrade() -> None:
    op.drop_index("ix_exchange_rate_day", "exchange_rate")
