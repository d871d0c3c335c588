"""re-judgements of past check-ins

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rejudgement",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("location_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_rejudgement_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_rejudgement_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejudgement")),
    )
    op.create_index("ix_rejudgement_customer_id", "rejudgement", ["customer_id"])
    op.create_table(
        "rejudged_visit",
        sa.Column("rejudgement_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict_before", sa.String(length=10), nullable=True),
        sa.Column("reason_before", sa.String(length=30), nullable=False),
        sa.Column("distance_before_m", sa.Float(), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("verdict_reason", sa.String(length=30), nullable=False),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("probability_inside", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rejudgement_id"], ["rejudgement.id"], name=op.f("fk_rejudged_visit_rejudgement_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_rejudged_visit_rep_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_rejudged_visit_visit_id")
        ),
        sa.PrimaryKeyConstraint("rejudgement_id", "visit_id", name=op.f("pk_rejudged_visit")),
    )
    op.create_index("ix_rejudged_visit_rep_id", "rejudged_visit", ["rep_id"])
    op.create_index("ix_rejudged_visit_visit_id", "rejudged_visit", ["visit_id"])


def downgrade() -> None:
    op.drop_table("rejudged_visit")
    op.drop_table("rejudgement")
