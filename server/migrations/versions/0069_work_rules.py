"""the working week and how often each class is visited

Revision ID: 0069
Revises: 0068
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("working_weekdays", "visit_weeks"):
        op.add_column("organisation", sa.Column(name, sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("organisation") as batch_op:
        batch_op.drop_column("visit_weeks")
        batch_op.drop_column("working_weekdays")
