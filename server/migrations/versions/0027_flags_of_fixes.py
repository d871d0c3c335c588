"""what is odd about the fixes of a track

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("track_chunk") as batch:
        batch.add_column(sa.Column("flags", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("track_chunk") as batch:
        batch.drop_column("flags")
