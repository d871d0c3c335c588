"""keep no foreign keys in what is counted from rows that have them

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TARGETS = {
    "rep_id": "user_account",
    "team_id": "team",
    "customer_id": "customer",
    "deal_id": "deal",
}
_KEYS = {
    "daily_rollup": ("rep_id", "team_id"),
    "customer_day_rollup": ("rep_id", "team_id", "customer_id"),
    "customer_list_rollup": ("rep_id", "team_id"),
    "class_day_rollup": ("rep_id", "team_id"),
    "deal_fact": ("rep_id", "team_id", "customer_id", "deal_id"),
}


def upgrade() -> None:
    for name, columns in _KEYS.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_constraint(op.f(f"fk_{name}_{column}"), type_="foreignkey")


def downgrade() -> None:
    for name, columns in _KEYS.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.create_foreign_key(
                    op.f(f"fk_{name}_{column}"), _TARGETS[column], [column], ["id"]
                )
