"""rows that phones hear more of after an upgrade

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# What counts of targets, and what is said about a rep's days, came with 0039 and before: until
# now an operator had to enter them into the feed.
_ENTITIES = ("target", "signal", "proposal")


def upgrade() -> None:
    table = op.create_table(
        "sync_unannounced",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("entity", name=op.f("pk_sync_unannounced")),
    )
    op.bulk_insert(table, [{"entity": entity} for entity in _ENTITIES])


def downgrade() -> None:
    op.drop_table("sync_unannounced")
