"""keep past classes and probabilities, count each class apart

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COUNTED = (
    "calls",
    "completed_visits",
    "productive_visits",
    "productive_completed_visits",
    "unproductive_completed_visits",
    "planned_calls",
    "inside_calls",
    "outside_calls",
    "uncertain_calls",
    "unverified_time_calls",
    "auto_closed_visits",
    "no_sale_visits",
    "no_sale_stock_enough",
    "no_sale_owner_absent",
    "no_sale_closed",
    "no_sale_no_money",
    "no_sale_price",
    "no_sale_competitor",
    "no_sale_overdue_payment",
    "no_sale_other",
    "advancing_calls",
    "timed_visits",
    "time_in_store_s",
    "productive_timed_visits",
    "productive_time_in_store_s",
    "visit_sales_minor",
    "visit_products",
    "planned_customers",
    "planned_customers_visited",
    "cancelled_stops",
)


def upgrade() -> None:
    op.create_table(
        "past_customer_class",
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("customer_class", sa.String(length=1), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_past_customer_class_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "end_on", name=op.f("pk_past_customer_class")),
    )
    op.create_table(
        "past_stage_probability",
        sa.Column("stage_key", sa.String(length=40), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("probability_percent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stage_key"], ["stage.key"], name=op.f("fk_past_stage_probability_stage_key")
        ),
        sa.PrimaryKeyConstraint("stage_key", "end_on", name=op.f("pk_past_stage_probability")),
    )
    op.create_table(
        "class_day_rollup",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer_class", sa.String(length=1), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in _COUNTED),
        sa.Column("first_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_clock_s", sa.Integer(), nullable=True),
        sa.Column("last_clock_s", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_class_day_rollup_rep_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_class_day_rollup_team_id")),
        sa.PrimaryKeyConstraint(
            "rep_id", "day", "customer_class", name=op.f("pk_class_day_rollup")
        ),
    )
    op.create_index("ix_class_day_rollup_day", "class_day_rollup", ["day"])
    with op.batch_alter_table("deal_fact") as table:
        table.add_column(sa.Column("customer_class", sa.String(length=1), nullable=True))
        table.add_column(
            sa.Column("source", sa.String(length=60), server_default="", nullable=False)
        )
    # An import that comes again deletes the steps that these rows were put down to.
    op.drop_table("advance_fact")
    op.create_table(
        "advance_fact",
        sa.Column("stage_change_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("deal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_advance_fact_deal_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_advance_fact_visit_id")),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_advance_fact_rep_id")
        ),
        sa.PrimaryKeyConstraint("stage_change_id", name=op.f("pk_advance_fact")),
    )
    op.create_index("ix_advance_fact_rep_id_day", "advance_fact", ["rep_id", "day"])
    op.create_index("ix_advance_fact_visit_id", "advance_fact", ["visit_id"])
    op.create_index("ix_advance_fact_deal_id", "advance_fact", ["deal_id"])
    # All days are counted again: the new totals are not there yet.
    op.execute(
        "INSERT INTO stale_day (rep_id, day, generation, marked_at) "
        "SELECT rep_id, day, 1, CURRENT_TIMESTAMP FROM daily_rollup WHERE true "
        "ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_table("advance_fact")
    op.create_table(
        "advance_fact",
        sa.Column("stage_change_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stage_change_id"], ["stage_change.id"], name=op.f("fk_advance_fact_stage_change_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_advance_fact_visit_id")),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_advance_fact_rep_id")
        ),
        sa.PrimaryKeyConstraint("stage_change_id", name=op.f("pk_advance_fact")),
    )
    op.create_index("ix_advance_fact_rep_id_day", "advance_fact", ["rep_id", "day"])
    op.create_index("ix_advance_fact_visit_id", "advance_fact", ["visit_id"])
    with op.batch_alter_table("deal_fact") as table:
        table.drop_column("source")
        table.drop_column("customer_class")
    op.drop_table("class_day_rollup")
    op.drop_table("past_stage_probability")
    op.drop_table("past_customer_class")
