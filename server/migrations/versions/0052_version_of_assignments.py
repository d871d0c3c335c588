"""a version of who has which customers

Revision ID: 0052
Revises: 0051
"""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("INSERT INTO numbers_version (id, version) VALUES (2, 1)")


def downgrade() -> None:
    op.execute("DELETE FROM numbers_version WHERE id = 2")
