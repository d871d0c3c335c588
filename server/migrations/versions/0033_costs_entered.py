"""costs entered by hand, corrected and deleted

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cost", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1")
    )
    op.add_column("cost", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("cost", "deleted_at")
    op.drop_column("cost", "version")
