"""what products cost before

Revision ID: 0063
Revises: 0062
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_product_cost",
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_past_product_cost_product_id"
        ),
        sa.PrimaryKeyConstraint("product_id", "end_on", name="pk_past_product_cost"),
    )


def downgrade() -> None:
    op.drop_table("past_product_cost")
