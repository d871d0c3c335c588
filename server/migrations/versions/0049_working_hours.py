"""working hours of the company

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("day_starts", "day_ends"):
        column = sa.Column(name, sa.String(length=5), nullable=False, server_default="")
        op.add_column("organisation", column)


def downgrade() -> None:
    with op.batch_alter_table("organisation") as batch_op:
        batch_op.drop_column("day_ends")
        batch_op.drop_column("day_starts")
