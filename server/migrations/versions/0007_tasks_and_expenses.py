"""tasks and expenses

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _versioned() -> tuple[sa.Column, ...]:
    return (
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("field_versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        *_versioned(),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_task_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_task_team_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_task_customer_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_task_visit_id")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_task_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_rep_id_due_on", "task", ["rep_id", "due_on"])
    op.create_index("ix_task_customer_id", "task", ["customer_id"])
    op.create_index("ix_task_visit_id", "task", ["visit_id"])
    op.create_index("ix_task_state_due_on", "task", ["state", "due_on"])
    op.create_table(
        "expense",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("mileage_m", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        *_versioned(),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_expense_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_expense_team_id")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_expense_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
    )
    op.create_index("ix_expense_rep_id_day", "expense", ["rep_id", "day"])
    op.create_index("ix_expense_day", "expense", ["day"])
    op.create_index("ix_expense_state_day", "expense", ["state", "day"])


def downgrade() -> None:
    op.drop_table("expense")
    op.drop_table("task")
