"""where alerts go besides the bell, and what is on its way

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_TIME = sa.DateTime(timezone=True)


def _user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_user_account")
    return sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "alert_address",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("webhook_url", sa.String(length=500), nullable=False),
        sa.Column("webhook_secret", sa.String(length=64), nullable=False),
        _user("alert_address"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_alert_address")),
    )
    op.create_table(
        "alert_route",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        _user("alert_route"),
        sa.PrimaryKeyConstraint("user_id", "rule", "channel", name=op.f("pk_alert_route")),
    )
    op.create_table(
        "alert_delivery",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("given_up_at", _TIME, nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.id"],
            name=op.f("fk_alert_delivery_alert_id_alert"),
            ondelete="CASCADE",
        ),
        _user("alert_delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_delivery")),
    )
    op.create_index(
        "ix_alert_delivery_due", "alert_delivery", ["sent_at", "given_up_at", "next_at"]
    )
    op.create_index("ix_alert_delivery_user_id", "alert_delivery", ["user_id"])
    op.create_index("ix_alert_delivery_alert_id", "alert_delivery", ["alert_id"])


def downgrade() -> None:
    op.drop_table("alert_delivery")
    op.drop_table("alert_route")
    op.drop_table("alert_address")
