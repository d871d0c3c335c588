"""fits of the models of buying, and what is predicted of each customer

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lifetime_fit",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("repeat_customers", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=True),
        *(
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("r", "alpha", "a", "b", "purchases_log_likelihood")
        ),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("p", "q", "gamma")),
        sa.Column("value_log_likelihood", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifetime_fit")),
    )
    op.create_index("ix_lifetime_fit_fitted_at", "lifetime_fit", ["fitted_at"])
    op.create_table(
        "customer_lifetime",
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("fit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("recency_weeks", sa.Float(), nullable=False),
        sa.Column("age_weeks", sa.Float(), nullable=False),
        sa.Column("mean_value_minor", sa.BigInteger(), nullable=False),
        sa.Column("probability_alive", sa.Float(), nullable=False),
        sa.Column("expected_purchases", sa.Float(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_lifetime_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["fit_id"], ["lifetime_fit.id"], name=op.f("fk_customer_lifetime_fit_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_lifetime")),
    )
    op.create_index("ix_customer_lifetime_value_minor", "customer_lifetime", ["value_minor"])


def downgrade() -> None:
    op.drop_table("customer_lifetime")
    op.drop_table("lifetime_fit")
