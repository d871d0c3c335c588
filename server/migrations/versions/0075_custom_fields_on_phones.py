"""phones hear of the custom fields of customers they have

Revision ID: 0075
Revises: 0074
"""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Only what has a new version is sent once more; the worker enters it into the feed.
    op.execute(
        "UPDATE customer SET version = version + 1"
        " WHERE CAST(custom_fields AS VARCHAR(9)) NOT IN ('{}', 'null')"
    )
    op.execute(
        "INSERT INTO sync_unannounced (entity) SELECT 'customer'"
        " WHERE NOT EXISTS (SELECT 1 FROM sync_unannounced WHERE entity = 'customer')"
    )


def downgrade() -> None:
    pass
