"""the day it is in each rep's feed, and what is on phones from which day on

Revision ID: 0065
Revises: 0064
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_rep_day",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kept_from", sa.Date(), nullable=False),
        sa.Column("closed_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_sync_rep_day_rep_id_user_account")
        ),
        sa.PrimaryKeyConstraint("rep_id", name=op.f("pk_sync_rep_day")),
    )


def downgrade() -> None:
    op.drop_table("sync_rep_day")
