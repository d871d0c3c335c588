"""whose holiday it is, and holidays that are worked

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whatever is there was entered on purpose: the country's calendar leaves it alone.
    with op.batch_alter_table("holiday") as table:
        table.add_column(sa.Column("own", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "worked_holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_worked_holiday")),
    )


def downgrade() -> None:
    op.drop_table("worked_holiday")
    with op.batch_alter_table("holiday") as table:
        table.drop_column("own")
