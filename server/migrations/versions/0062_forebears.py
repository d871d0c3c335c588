"""phones remember which devices they were before

Revision ID: 0062
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("forebears", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "forebears")
