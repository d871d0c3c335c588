"""measure order kept, deals moved on, reasons, travel cost

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SUMMED = (
    "unproductive_completed_visits",
    "no_sale_stock_enough",
    "no_sale_owner_absent",
    "no_sale_closed",
    "no_sale_no_money",
    "no_sale_price",
    "no_sale_competitor",
    "no_sale_overdue_payment",
    "no_sale_other",
    "advancing_calls",
    "stops_in_order",
    "travel_cost_minor",
    "expenses_minor",
)


def upgrade() -> None:
    op.create_table(
        "route_fact",
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stops_in_order", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_route_fact_rep_id")),
        sa.PrimaryKeyConstraint("rep_id", "day", name=op.f("pk_route_fact")),
    )
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
    op.create_table(
        "kilometre_rate",
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("rate_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("start_on", name=op.f("pk_kilometre_rate")),
    )
    with op.batch_alter_table("daily_rollup") as table:
        for name in _SUMMED:
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("daily_rollup") as table:
        for name in _SUMMED:
            table.drop_column(name)
    op.drop_table("kilometre_rate")
    op.drop_table("advance_fact")
    op.drop_table("route_fact")
