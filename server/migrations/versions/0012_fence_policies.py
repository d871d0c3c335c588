"""rules for check-ins outside the fence, and codes that lift them

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fence_policy",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence_policy")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_fence_policy_kind_key")),
    )
    op.create_table(
        "fence_override",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_fence_override_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_fence_override_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_fence_override_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence_override")),
        sa.UniqueConstraint(
            "device_id",
            "customer_id",
            "day",
            "number",
            name=op.f("uq_fence_override_device_id_customer_id_day_number"),
        ),
    )
    op.create_index("ix_fence_override_rep_id_day", "fence_override", ["rep_id", "day"])
    with op.batch_alter_table("check_in") as table:
        table.add_column(
            sa.Column("fence_rule", sa.String(length=10), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("fence_lifted", sa.String(length=20), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("check_in") as table:
        table.drop_column("fence_lifted")
        table.drop_column("fence_rule")
    op.drop_table("fence_override")
    op.drop_table("fence_policy")
