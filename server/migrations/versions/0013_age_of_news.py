"""when each entry of the feed was made, so that old news of deletions can be forgotten

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sync_index") as batch_op:
        batch_op.add_column(sa.Column("at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("UPDATE sync_index SET at = CURRENT_TIMESTAMP"))
    with op.batch_alter_table("sync_index") as batch_op:
        batch_op.alter_column("at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("sync_index") as batch_op:
        batch_op.drop_column("at")
