"""what was not taken as sent, for the office to look at, and who has dealt with it

Revision ID: 0066
Revises: 0065
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_NOT_TAKEN = sa.text("status IN ('conflict', 'rejected')")


def upgrade() -> None:
    op.create_index(
        "ix_change_log_not_taken",
        "change_log",
        ["received_at"],
        sqlite_where=_NOT_TAKEN,
        postgresql_where=_NOT_TAKEN,
    )
    op.create_table(
        "solved_conflict",
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("solved_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["solved_by"], ["user_account.id"], name=op.f("fk_solved_conflict_solved_by")
        ),
        sa.PrimaryKeyConstraint("device_id", "sequence", name=op.f("pk_solved_conflict")),
    )


def downgrade() -> None:
    op.drop_table("solved_conflict")
    op.drop_index("ix_change_log_not_taken", "change_log")
