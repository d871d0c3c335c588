"""the company's reasons for losing a deal

Revision ID: 0021
Revises: 0020
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REASONS = (
    ("price", "Price too high"),
    ("competitor", "Bought from a competitor"),
    ("no_budget", "No money for it"),
    ("no_decision", "No decision"),
    ("no_need", "No need"),
    ("unreachable", "Could not be reached"),
)


def upgrade() -> None:
    table = op.create_table(
        "lost_reason",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lost_reason")),
    )
    op.bulk_insert(
        table,
        [
            {"key": key, "name": name, "position": position}
            for position, (key, name) in enumerate(REASONS, start=1)
        ],
    )
    _put_into_feed()


def _put_into_feed() -> None:
    """Enter the reasons into the feed of everybody, behind what is there."""
    connection = op.get_bind()
    scope = sa.table("sync_scope", *map(sa.column, ("id", "head", "digest")))
    index = sa.table(
        "sync_index",
        *map(sa.column, ("scope", "entity", "record_id", "position", "event", "version")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    found = connection.execute(sa.select(scope).where(scope.c.id == "org")).one_or_none()
    if found is None:
        return
    head, digest = found.head, int(found.digest, 16)
    for key, _name in REASONS:
        head += 1
        text = f"lost_reason\0{key}\0001".encode()
        digest += int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
        entry = {"scope": "org", "entity": "lost_reason", "record_id": key}
        connection.execute(
            sa.insert(index).values(**entry, position=head, event="put", version=1, at=sa.func.now())
        )
    connection.execute(
        sa.update(scope)
        .where(scope.c.id == "org")
        .values(head=head, digest=f"{digest % 2**64:016x}")
    )


def downgrade() -> None:
    op.execute("DELETE FROM sync_index WHERE entity = 'lost_reason'")
    op.drop_table("lost_reason")
