"""re-judgements that were undone

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rejudgement") as batch:
        batch.add_column(sa.Column("undone_by", sa.Uuid(as_uuid=False), nullable=True))
        batch.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("undo_reason", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("rejudged_visit") as batch:
        batch.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rejudged_visit") as batch:
        batch.drop_column("undone_at")
    with op.batch_alter_table("rejudgement") as batch:
        batch.drop_column("undo_reason")
        batch.drop_column("undone_at")
        batch.drop_column("undone_by")
