"""sync

Revision ID: 0003
Revises: 0002
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    scope = op.create_table(
        "sync_scope",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_scope")),
    )
    index = op.create_table(
        "sync_index",
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=5), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "entity", "record_id", name=op.f("pk_sync_index")),
    )
    op.create_index("ix_sync_index_scope_position", "sync_index", ["scope", "position"])
    op.create_index("ix_sync_index_entity_record_id", "sync_index", ["entity", "record_id"])
    op.create_table(
        "change_log",
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version_before", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("data_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "sequence", name=op.f("pk_change_log")),
    )
    op.create_index("ix_change_log_record_id", "change_log", ["record_id"])
    op.create_table(
        "sync_quarantine",
        sa.Column("id", count, nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_quarantine")),
    )
    op.create_table(
        "sync_conflict",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("mine", sa.JSON(), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_conflict")),
    )
    op.create_index("ix_sync_conflict_record_id", "sync_conflict", ["record_id"])
    op.create_table(
        "sync_epoch",
        sa.Column("number", count, nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sync_epoch")),
    )
    _enter_stages(scope, index)


def _enter_stages(scope: sa.Table, index: sa.Table) -> None:
    """Enter the stages that an earlier migration made; nobody will say that they changed."""
    keys = op.get_bind().execute(sa.text("SELECT key FROM stage ORDER BY position, key")).scalars()
    entries = [
        {
            "scope": "org",
            "entity": "stage",
            "record_id": key,
            "position": position,
            "event": "put",
            "version": 1,
        }
        for position, key in enumerate(keys, start=1)
    ]
    if not entries:
        return
    digest = sum(
        int.from_bytes(
            hashlib.blake2b(f"stage\0{entry['record_id']}\0001".encode(), digest_size=8).digest(),
            "big",
        )
        for entry in entries
    )
    op.bulk_insert(index, entries)
    op.bulk_insert(
        scope,
        [{"id": "org", "head": len(entries), "floor": 0, "digest": f"{digest % 2**64:016x}"}],
    )


def downgrade() -> None:
    for table in (
        "sync_epoch",
        "sync_conflict",
        "sync_quarantine",
        "change_log",
        "sync_index",
        "sync_scope",
    ):
        op.drop_table(table)
