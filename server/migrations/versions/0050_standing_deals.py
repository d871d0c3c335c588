"""since when a deal stands in its stage, and the index that the board is read from

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_IS_STANDING = sa.text("kind IN ('lead', 'open') AND deleted_at IS NULL AND voided_at IS NULL")


def upgrade() -> None:
    op.add_column("deal", sa.Column("stage_since", sa.Date(), nullable=True))
    # An order taken at once stands where it began: since the day on which it was closed.
    op.execute(
        "UPDATE deal SET stage_since = "
        "(SELECT max(stage_change.day) FROM stage_change WHERE stage_change.deal_id = deal.id) "
        "WHERE lead_day IS NOT NULL OR kind IN ('lead', 'open')"
    )
    op.create_index(
        "ix_deal_standing",
        "deal",
        ["stage_key", "base_amount_minor", "id"],
        sqlite_where=_IS_STANDING,
        postgresql_where=_IS_STANDING,
        postgresql_include=[
            *("team_id", "owner_id", "kind", "waits_for_rate"),
            *("expected_close_on", "stage_since"),
        ],
    )


def downgrade() -> None:
    op.drop_index("ix_deal_standing", "deal")
    op.drop_column("deal", "stage_since")
