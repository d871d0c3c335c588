"""an index for the closed deals of some teams

Revision ID: 0052
Revises: 0051
"""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deal_fact_team_id_day", "deal_fact", ["team_id", "day"])


def downgrade() -> None:
    op.drop_index("ix_deal_fact_team_id_day", "deal_fact")
