"""signals, their reviews, and the days to look at

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signal",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_signal_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_signal_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("key", name=op.f("uq_signal_key")),
    )
    op.create_index("ix_signal_rep_id_day", "signal", ["rep_id", "day"])
    op.create_index("ix_signal_day", "signal", ["day"])
    op.create_index("ix_signal_visit_id", "signal", ["visit_id"])
    op.create_table(
        "signal_review",
        sa.Column("signal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_signal_review_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signal.id"], name=op.f("fk_signal_review_signal_id")
        ),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_signal_review")),
    )
    op.create_table(
        "unexamined_day",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_unexamined_day_rep_id")
        ),
        sa.PrimaryKeyConstraint("rep_id", "day", name=op.f("pk_unexamined_day")),
    )


def downgrade() -> None:
    op.drop_table("unexamined_day")
    op.drop_table("signal_review")
    op.drop_table("signal")
