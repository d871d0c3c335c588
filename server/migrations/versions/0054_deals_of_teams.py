"""an index for the closed deals of some teams

Revision ID: 0054
Revises: 0053
"""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deal_fact_team_id_day", "deal_fact", ["team_id", "day"])


def downgrade() -> None:
    op.drop_index("ix_deal_fact_team_id_day", "deal_fact")
