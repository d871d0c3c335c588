"""prices of products in several currencies, and the currency of a customer

Revision ID: 0056
Revises: 0055
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    prices = sa.Column("prices", sa.JSON(), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("product", prices)
    currency = sa.Column("currency", sa.String(length=3), server_default="", nullable=False)
    op.add_column("customer", currency)


def downgrade() -> None:
    for name, column in (("customer", "currency"), ("product", "prices")):
        with op.batch_alter_table(name) as table:
            table.drop_column(column)
