"""the index of deals that closed before they were an opportunity or a lead

Revision ID: 0064
Revises: 0063
"""

from alembic import op
from sqlalchemy import text

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

_NAME = "ix_deal_closed_too_early"


def upgrade() -> None:
    op.drop_index(_NAME, "deal")
    _create("closed_day < opportunity_day OR closed_day < lead_day")
    # Those that closed before the lead alone were not counted as errors.
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "
        "SELECT DISTINCT closed_rep_id, closed_day, 1, CURRENT_TIMESTAMP FROM deal "
        "WHERE closed_day < lead_day AND closed_rep_id IS NOT NULL ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_index(_NAME, "deal")
    _create("closed_day < opportunity_day OR opportunity_day IS NULL AND closed_day < lead_day")


def _create(rows: str) -> None:
    op.create_index(
        _NAME, "deal", ["closed_day"], sqlite_where=text(rows), postgresql_where=text(rows)
    )
