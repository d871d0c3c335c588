"""indexes for the board and the funnel, which leave the orders out

Revision ID: 0040
Revises: 0039
"""

from alembic import op
from sqlalchemy import text

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_WAS_LEAD = text("lead_day IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_deal_kind_team_id", "deal", ["kind", "team_id"])
    for name, columns in (
        ("ix_deal_lead_day", ["lead_day"]),
        ("ix_deal_team_id_lead_day", ["team_id", "lead_day"]),
    ):
        op.create_index(
            name, "deal", columns, sqlite_where=_WAS_LEAD, postgresql_where=_WAS_LEAD
        )


def downgrade() -> None:
    op.drop_index("ix_deal_team_id_lead_day", "deal")
    op.drop_index("ix_deal_lead_day", "deal")
    op.drop_index("ix_deal_kind_team_id", "deal")
