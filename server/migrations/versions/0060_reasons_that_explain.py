"""count days again on which an order was taken although a reason says why not

Revision ID: 0060
Revises: 0059
"""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "
        "SELECT DISTINCT visit.rep_id, visit.day, 1, CURRENT_TIMESTAMP FROM visit "
        "JOIN deal ON deal.visit_id = visit.id AND deal.kind = 'won' "
        "WHERE visit.no_sale_reason IS NOT NULL ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    """The counting is that of the application."""
