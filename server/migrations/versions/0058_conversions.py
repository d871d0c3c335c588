"""orders to convert amounts again, to undo them

Revision ID: 0058
Revises: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "conversion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", _ID, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("rate_id", _ID, nullable=True),
        sa.Column("amounts", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ordered_by"], ["user_account.id"], name=op.f("fk_conversion_ordered_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["rate_id"], ["exchange_rate.id"], name=op.f("fk_conversion_rate_id_exchange_rate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion")),
    )
    op.create_index("ix_conversion_at", "conversion", ["at"])
    op.create_table(
        "converted_row",
        sa.Column("conversion_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("row_id", _ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("former_minor_rate", sa.String(40), nullable=True),
        sa.Column("former_rate_on", sa.Date(), nullable=True),
        sa.Column("minor_rate", sa.String(40), nullable=True),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversion_id"],
            ["conversion.id"],
            name=op.f("fk_converted_row_conversion_id_conversion"),
        ),
        sa.PrimaryKeyConstraint(
            "conversion_id", "kind", "row_id", name=op.f("pk_converted_row")
        ),
    )


def downgrade() -> None:
    op.drop_table("converted_row")
    op.drop_index("ix_conversion_at", "conversion")
    op.drop_table("conversion")
