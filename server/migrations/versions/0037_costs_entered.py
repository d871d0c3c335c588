"""costs entered by hand, corrected and deleted

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
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
