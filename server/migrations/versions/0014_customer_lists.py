"""keep each rep-day's customers as lists of numbers, and a version of all numbers

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_number",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_number_customer_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_customer_number")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_customer_number_customer_id")),
    )
    op.create_table(
        "customer_list_rollup",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("visited", sa.Text(), server_default="", nullable=False),
        sa.Column("bought", sa.Text(), server_default="", nullable=False),
        sa.Column("new_customers", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_customer_list_rollup_rep_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_customer_list_rollup_team_id")
        ),
        sa.PrimaryKeyConstraint("rep_id", "day", name=op.f("pk_customer_list_rollup")),
    )
    op.create_index("ix_customer_list_rollup_day", "customer_list_rollup", ["day"])
    version = op.create_table(
        "numbers_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers_version")),
    )
    op.bulk_insert(version, [{"id": 1, "version": 1}])
    # What was counted before has no lists: count all days again.
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "
        "SELECT rep_id, day, 1, CURRENT_TIMESTAMP FROM daily_rollup "
        "WHERE NOT EXISTS (SELECT 1 FROM stale_day s "
        "WHERE s.rep_id = daily_rollup.rep_id AND s.day = daily_rollup.day)"
    )


def downgrade() -> None:
    op.drop_table("numbers_version")
    op.drop_table("customer_list_rollup")
    op.drop_table("customer_number")
