"""indexes from which the funnel, reasons for losing, and passed expected closes are read alone

Revision ID: 0074
Revises: 0073
"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_WAS_LEAD = sa.text("lead_day IS NOT NULL")
_IS_STANDING = sa.text("kind IN ('lead', 'open') AND deleted_at IS NULL AND voided_at IS NULL")
_IS_LOST = sa.text("kind = 'lost'")
_INCLUDED = ("id", "team_id", "owner_id", "kind", "stage_since", "deleted_at", "voided_at")


def upgrade() -> None:
    _replace_lead_day(_INCLUDED)
    for name, columns, where in (
        ("ix_deal_standing_expected", ["expected_close_on"], _IS_STANDING),
        ("ix_deal_lost_reason", ["lost_reason", "team_id", "owner_id"], _IS_LOST),
    ):
        op.create_index(name, "deal", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_deal_lost_reason", "deal")
    op.drop_index("ix_deal_standing_expected", "deal")
    _replace_lead_day(())


def _replace_lead_day(included: tuple[str, ...]) -> None:
    op.drop_index("ix_deal_lead_day", "deal")
    op.create_index(
        "ix_deal_lead_day",
        "deal",
        ["lead_day"],
        sqlite_where=_WAS_LEAD,
        postgresql_where=_WAS_LEAD,
        postgresql_include=list(included),
    )
