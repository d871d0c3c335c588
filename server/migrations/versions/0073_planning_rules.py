"""by which rules weeks are planned, kept for reps and teams

Revision ID: 0073
Revises: 0072
"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planning_rules",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_planning_rules_rep_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_planning_rules_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_rules")),
        sa.UniqueConstraint("rep_id", name=op.f("uq_planning_rules_rep_id")),
        sa.UniqueConstraint("team_id", name=op.f("uq_planning_rules_team_id")),
    )


def downgrade() -> None:
    op.drop_table("planning_rules")
