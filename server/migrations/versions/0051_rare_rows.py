"""indexes of the few deals and visits that somebody has to look at

Revision ID: 0051
Revises: 0050
"""

from alembic import op
from sqlalchemy import text

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_CLOSED_TOO_EARLY = (
    "closed_day < opportunity_day OR opportunity_day IS NULL AND closed_day < lead_day"
)
_INDEXES = (
    ("ix_deal_closed_too_early", "deal", "closed_day", _CLOSED_TOO_EARLY, _CLOSED_TOO_EARLY),
    ("ix_deal_waits_for_rate", "deal", "id", "waits_for_rate", "waits_for_rate = 1"),
    ("ix_visit_left_open", "visit", "day", "state = 'open'", "state = 'open'"),
    (
        "ix_visit_unsure_time",
        *("visit", "day", "time_trust = 'unverified'", "time_trust = 'unverified'"),
    ),
)


def upgrade() -> None:
    for name, table, column, postgresql, sqlite in _INDEXES:
        op.create_index(
            name,
            table,
            [column],
            postgresql_where=text(postgresql),
            sqlite_where=text(sqlite),
        )


def downgrade() -> None:
    for name, table, *_ in reversed(_INDEXES):
        op.drop_index(name, table)
