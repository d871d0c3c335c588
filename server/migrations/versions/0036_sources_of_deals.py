"""the sources of leads by index

Revision ID: 0036
Revises: 0035
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deal_source_team_id", "deal", ["source", "team_id"])


def downgrade() -> None:
    op.drop_index("ix_deal_source_team_id", "deal")
