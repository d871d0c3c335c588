"""keep each rep's customers as a list

Revision ID: 0059
Revises: 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assigned_list_rollup",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rep_id", name=op.f("pk_assigned_list_rollup")),
    )
    # A list is counted with any day of its rep.
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "
        "SELECT rep_id, max(start_on), 1, CURRENT_TIMESTAMP FROM customer_assignment "
        "GROUP BY rep_id ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_table("assigned_list_rollup")
