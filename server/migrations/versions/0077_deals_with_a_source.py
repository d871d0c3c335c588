"""indexes from which leads and closed deals by lead source are read alone

Revision ID: 0077
Revises: 0076
"""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

_WAS_LEAD = sa.text("lead_day IS NOT NULL")
_WITH_SOURCE = sa.text("source <> ''")
_OF_FUNNELS = ("id", "team_id", "owner_id", "kind", "stage_since", "deleted_at", "voided_at")


def upgrade() -> None:
    _replace_lead_day((*_OF_FUNNELS, "source", "lead_rep_id", "opportunity_day"))
    op.create_index(
        "ix_deal_fact_with_source",
        "deal_fact",
        ["day"],
        sqlite_where=_WITH_SOURCE,
        postgresql_where=_WITH_SOURCE,
        postgresql_include=[
            *("rep_id", "team_id", "source", "won", "was_opportunity"),
            *("value_minor", "without_rate"),
        ],
    )


def downgrade() -> None:
    op.drop_index("ix_deal_fact_with_source", "deal_fact")
    _replace_lead_day(_OF_FUNNELS)


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
