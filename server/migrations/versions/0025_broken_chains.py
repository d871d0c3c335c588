"""records of phones that do not follow on each other

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chain_break",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_chain_break_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_break")),
        sa.UniqueConstraint(
            "device_id", "day", "reason", name=op.f("uq_chain_break_device_id_day_reason")
        ),
    )
    op.create_index("ix_chain_break_rep_id_day", "chain_break", ["rep_id", "day"])


def downgrade() -> None:
    op.drop_table("chain_break")
