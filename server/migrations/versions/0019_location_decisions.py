"""why a proposed point was refused

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("location_proposal") as table:
        table.add_column(
            sa.Column("decision_reason", sa.Text(), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("location_proposal") as table:
        table.drop_column("decision_reason")
