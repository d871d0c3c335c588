"""metrics

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.create_index("ix_stage_change_day", ["day"], unique=False)

    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "cost",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("base_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_cost_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_cost_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost")),
        sa.UniqueConstraint("code", name=op.f("uq_cost_code")),
    )
    with op.batch_alter_table("cost", schema=None) as batch_op:
        batch_op.create_index("ix_cost_day", ["day"], unique=False)

    op.create_table(
        "daily_rollup",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("active", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("completed_visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("productive_visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "productive_completed_visits", sa.BigInteger(), server_default="0", nullable=False
        ),
        sa.Column("planned_calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("inside_calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outside_calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("uncertain_calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unverified_time_calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("auto_closed_visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("no_sale_visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("timed_visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("time_in_store_s", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("productive_timed_visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "productive_time_in_store_s", sa.BigInteger(), server_default="0", nullable=False
        ),
        sa.Column("visit_sales_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("visit_products", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("days_worked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("timed_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("days_started_by_ten", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("work_s", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_call_clock_s", sa.BigInteger(), nullable=True),
        sa.Column("last_call_clock_s", sa.BigInteger(), nullable=True),
        sa.Column("planned_customers", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("planned_customers_visited", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cancelled_stops", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leads", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leads_to_opportunities", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leads_won", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leads_undecided", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leads_open", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opportunities", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opportunities_value_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opportunities_won", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opportunities_undecided", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("won_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lost_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lost_value_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("valued_won_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cycle_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cycle_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lead_cycle_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lead_cycle_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_cycle_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_cycle_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cycle_errors", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("existing_customer_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("upsell_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cross_sell_deals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("margin_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("costed_revenue_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_leads", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_leads_value_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_opportunities", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "open_opportunities_value_minor", sa.BigInteger(), server_default="0", nullable=False
        ),
        sa.Column("weighted_pipeline_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_daily_rollup_rep_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_daily_rollup_team_id")),
        sa.PrimaryKeyConstraint("rep_id", "day", name=op.f("pk_daily_rollup")),
    )
    with op.batch_alter_table("daily_rollup", schema=None) as batch_op:
        batch_op.create_index("ix_daily_rollup_day", ["day"], unique=False)
        batch_op.create_index("ix_daily_rollup_team_id_day", ["team_id", "day"], unique=False)

    op.create_table(
        "stale_day",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_stale_day_rep_id")),
        sa.PrimaryKeyConstraint("rep_id", "day", name=op.f("pk_stale_day")),
    )
    with op.batch_alter_table("stale_day", schema=None) as batch_op:
        batch_op.create_index("ix_stale_day_marked_at", ["marked_at"], unique=False)

    op.create_table(
        "target",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("metric_key", sa.String(length=60), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_target_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_target_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index("ix_target_metric_key_month", ["metric_key", "month"], unique=False)

    op.create_table(
        "customer_day_rollup",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("customer_class", sa.String(length=1), nullable=False),
        sa.Column("assigned", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("inside_calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("won_deals", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_won_deals", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_day_rollup_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_customer_day_rollup_rep_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_customer_day_rollup_team_id")
        ),
        sa.PrimaryKeyConstraint(
            "rep_id", "day", "customer_id", name=op.f("pk_customer_day_rollup")
        ),
    )
    with op.batch_alter_table("customer_day_rollup", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_day_rollup_customer_id_day", ["customer_id", "day"], unique=False
        )
        batch_op.create_index("ix_customer_day_rollup_day", ["day"], unique=False)

    op.create_table(
        "deal_fact",
        sa.Column("deal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("deal_version", sa.BigInteger(), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("won", sa.SmallInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("cycle_days", sa.Integer(), nullable=True),
        sa.Column("lead_cycle_days", sa.Integer(), nullable=True),
        sa.Column("impossible_days", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("purchase_number", sa.Integer(), nullable=True),
        sa.Column("purchase_type", sa.String(length=12), nullable=True),
        sa.Column("margin_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("costed_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_deal_fact_customer_id")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_fact_deal_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_deal_fact_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_deal_fact_team_id")),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deal_fact")),
    )
    with op.batch_alter_table("deal_fact", schema=None) as batch_op:
        batch_op.create_index("ix_deal_fact_customer_id_day", ["customer_id", "day"], unique=False)
        batch_op.create_index("ix_deal_fact_day", ["day"], unique=False)
        batch_op.create_index("ix_deal_fact_rep_id_day", ["rep_id", "day"], unique=False)



def downgrade() -> None:
    with op.batch_alter_table("deal_fact", schema=None) as batch_op:
        batch_op.drop_index("ix_deal_fact_rep_id_day")
        batch_op.drop_index("ix_deal_fact_day")
        batch_op.drop_index("ix_deal_fact_customer_id_day")

    op.drop_table("deal_fact")
    with op.batch_alter_table("customer_day_rollup", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_day_rollup_day")
        batch_op.drop_index("ix_customer_day_rollup_customer_id_day")

    op.drop_table("customer_day_rollup")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index("ix_target_metric_key_month")

    op.drop_table("target")
    with op.batch_alter_table("stale_day", schema=None) as batch_op:
        batch_op.drop_index("ix_stale_day_marked_at")

    op.drop_table("stale_day")
    with op.batch_alter_table("daily_rollup", schema=None) as batch_op:
        batch_op.drop_index("ix_daily_rollup_team_id_day")
        batch_op.drop_index("ix_daily_rollup_day")

    op.drop_table("daily_rollup")
    with op.batch_alter_table("cost", schema=None) as batch_op:
        batch_op.drop_index("ix_cost_day")

    op.drop_table("cost")
    op.drop_table("holiday")
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.drop_index("ix_stage_change_day")
