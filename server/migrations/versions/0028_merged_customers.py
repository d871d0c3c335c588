"""customers merged into others

The expressions of the indexes are those of `server/customers/models.py` at that time.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_PHONE = (
    "replace(replace('|' || replace(replace(replace(replace(replace(replace(replace(phone, ' ', ''),"
    " '-', ''), '(', ''), ')', ''), '+', ''), '.', ''), '/', ''), '|62', '|0'), '|', '')"
)
_NAME = (
    "(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace("
    "replace(replace('|' || lower(replace(replace(name, '.', ''), ',', '')), '|toko ', '|'),"
    " '|tk ', '|'), '|warung ', '|'), '|kios ', '|'), '|ud ', '|'), '|cv ', '|'), '|pt ', '|'),"
    " '|', ''), ' ', ''), '-', ''), '/', ''), '&', ''), '''', '') || ' ' || lower(city))"
)
_PLACE = (
    "(CAST(CAST(latitude * 4000 AS INTEGER) AS TEXT) || '/' ||"
    " CAST(CAST(longitude * 4000 AS INTEGER) AS TEXT))"
)
_KEYS = {
    "ix_customer_phone_key": _PHONE,
    "ix_customer_name_key": _NAME,
    "ix_customer_place_key": _PLACE,
}
_LIVE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    op.add_column("customer", sa.Column("merged_into_id", sa.Uuid(as_uuid=False), nullable=True))
    op.create_index("ix_customer_merged_into_id", "customer", ["merged_into_id"])
    for name, key in _KEYS.items():
        op.create_index(
            name, "customer", [sa.text(key)], sqlite_where=_LIVE, postgresql_where=_LIVE
        )
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("survivor_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("loser_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["customer.id"], name=op.f("fk_customer_merge_survivor_id")
        ),
        sa.ForeignKeyConstraint(
            ["loser_id"], ["customer.id"], name=op.f("fk_customer_merge_loser_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_by"], ["user_account.id"], name=op.f("fk_customer_merge_merged_by")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["user_account.id"], name=op.f("fk_customer_merge_undone_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
    )
    op.create_index("ix_customer_merge_survivor_id", "customer_merge", ["survivor_id"])
    op.create_index("ix_customer_merge_merged_at", "customer_merge", ["merged_at"])
    op.create_table(
        "customer_merge_row",
        sa.Column("merge_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["customer_merge.id"], name=op.f("fk_customer_merge_row_merge_id")
        ),
        sa.PrimaryKeyConstraint(
            "merge_id", "kind", "record_id", name=op.f("pk_customer_merge_row")
        ),
    )
    op.create_table(
        "different_customers",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_different_customers_decided_by")
        ),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_different_customers")),
    )


def downgrade() -> None:
    op.drop_table("different_customers")
    op.drop_table("customer_merge_row")
    op.drop_table("customer_merge")
    for name in (*_KEYS, "ix_customer_merged_into_id"):
        op.drop_index(name, "customer")
    op.drop_column("customer", "merged_into_id")
