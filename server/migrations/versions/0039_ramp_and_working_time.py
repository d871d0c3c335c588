"""ramp of new reps, working time, one target for each holder

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
# The later of two targets for the same holder and month is the one that was meant: ids are in order.
_DOUBLES = """
DELETE FROM target WHERE EXISTS (
  SELECT 1 FROM target AS later
  WHERE later.metric_key = target.metric_key AND later.month = target.month
    AND ((later.rep_id = target.rep_id)
      OR (later.rep_id IS NULL AND target.rep_id IS NULL AND later.team_id = target.team_id))
    AND later.id > target.id
)
"""


def upgrade() -> None:
    op.create_table(
        "working_time",
        sa.Column("rep_id", _ID, nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_working_time_rep_id_user_account")
        ),
        sa.PrimaryKeyConstraint("rep_id", "start_on", name=op.f("pk_working_time")),
    )
    op.create_table(
        "ramp_step",
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("month_number", sa.SmallInteger(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("start_on", "month_number", name=op.f("pk_ramp_step")),
    )
    op.execute(_DOUBLES)
    for name, holder, condition in (
        ("uq_target_rep", "rep_id", "rep_id IS NOT NULL"),
        ("uq_target_team", "team_id", "rep_id IS NULL"),
    ):
        op.create_index(
            name,
            "target",
            ["metric_key", "month", holder],
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def downgrade() -> None:
    op.drop_index("uq_target_team", table_name="target")
    op.drop_index("uq_target_rep", table_name="target")
    op.drop_table("ramp_step")
    op.drop_table("working_time")
