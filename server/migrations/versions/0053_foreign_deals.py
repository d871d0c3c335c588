"""an index of the deals in other currencies, for rates that come

Revision ID: 0053
Revises: 0052
"""

from alembic import op
from sqlalchemy import text

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_FOREIGN = "minor_rate IS NOT NULL OR waits_for_rate"


def upgrade() -> None:
    op.create_index(
        "ix_deal_foreign_currency",
        "deal",
        ["currency", "rate_on"],
        postgresql_where=text(_FOREIGN),
        sqlite_where=text(f"{_FOREIGN} = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_deal_foreign_currency", "deal")
