"""divide days by their track: travel, idle, unknown

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SUMMED = ("tracked_days", "tracked_work_s", "travel_m", "travel_s", "idle_s", "unknown_s")


def upgrade() -> None:
    op.create_table(
        "travel_fact",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("work_s", sa.Integer(), nullable=False),
        sa.Column("in_store_s", sa.Integer(), nullable=False),
        sa.Column("travel_s", sa.Integer(), nullable=False),
        sa.Column("idle_s", sa.Integer(), nullable=False),
        sa.Column("unknown_s", sa.Integer(), nullable=False),
        sa.Column("travel_m", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_travel_fact_rep_id")
        ),
        sa.PrimaryKeyConstraint("rep_id", "day", name=op.f("pk_travel_fact")),
    )
    with op.batch_alter_table("daily_rollup") as table:
        for name in _SUMMED:
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("daily_rollup") as table:
        for name in _SUMMED:
            table.drop_column(name)
    op.drop_table("travel_fact")
