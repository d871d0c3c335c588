"""the webhook that alerts went to before, with its secret

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alert_address") as table:
        table.add_column(
            sa.Column("former_webhook_url", sa.String(500), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("former_webhook_secret", sa.String(64), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("alert_address") as table:
        table.drop_column("former_webhook_secret")
        table.drop_column("former_webhook_url")
