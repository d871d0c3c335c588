"""questions to reps about signals

Revision ID: 0067
Revises: 0066
"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "signal_review", sa.Column("question", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("signal_review", sa.Column("asked_by", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column(
        "signal_review", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    with op.batch_alter_table("signal_review") as batch:
        for name in ("asked_at", "asked_by", "question"):
            batch.drop_column(name)
