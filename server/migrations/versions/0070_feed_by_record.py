"""the feed's key begins with the record, so that no index beside it is needed to find one

Revision ID: 0070
Revises: 0069
"""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _set_key("entity", "record_id", "scope")
    op.drop_index("ix_sync_index_entity_record_id", "sync_index")


def downgrade() -> None:
    _set_key("scope", "entity", "record_id")
    op.create_index("ix_sync_index_entity_record_id", "sync_index", ["entity", "record_id"])


def _set_key(*columns: str) -> None:
    with op.batch_alter_table("sync_index") as batch_op:
        batch_op.drop_constraint("pk_sync_index", type_="primary")
        batch_op.create_primary_key("pk_sync_index", list(columns))
