"""expenses written in bulk without what they are worth

Revision ID: 0055
Revises: 0054
"""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

# Rows written in bulk without their worth got 0 and counted as nothing.
_WORTH_NOTHING = (
    "base_amount_minor = 0 AND amount_minor <> 0 AND minor_rate IS NULL AND NOT waits_for_rate"
)


def upgrade() -> None:
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "  # noqa: S608
        f"SELECT DISTINCT rep_id, day, 1, CURRENT_TIMESTAMP FROM expense WHERE {_WORTH_NOTHING} "
        "AND NOT EXISTS (SELECT 1 FROM stale_day s "
        "WHERE s.rep_id = expense.rep_id AND s.day = expense.day)"
    )
    op.execute(
        f"UPDATE expense SET base_amount_minor = amount_minor WHERE {_WORTH_NOTHING}"  # noqa: S608
    )


def downgrade() -> None:
    """What an expense is worth stays said."""
