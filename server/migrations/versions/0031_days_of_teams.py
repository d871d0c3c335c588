"""put the days of a team's reps together, and tell from an index who was active

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_OF_REPS = ("rep_id", "day", "team_id", "active")
_NO_TEAM = "00000000-0000-0000-0000-000000000000"
_COMBINE = {"first_call_clock_s": "min", "last_call_clock_s": "max"}


def upgrade() -> None:
    connection = op.get_bind()
    names = [
        column["name"]
        for column in sa.inspect(connection).get_columns("daily_rollup")
        if column["name"] not in _OF_REPS
    ]
    op.create_table(
        "team_day_rollup",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        *(
            sa.Column(name, sa.BigInteger())
            if name in _COMBINE
            else sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in names
        ),
        sa.PrimaryKeyConstraint("day", "team_id", name=op.f("pk_team_day_rollup")),
    )
    op.create_table(
        "team_list_rollup",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("visited", sa.Text(), server_default="", nullable=False),
        sa.Column("bought", sa.Text(), server_default="", nullable=False),
        sa.Column("new_customers", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "team_id", name=op.f("pk_team_list_rollup")),
    )
    if connection.dialect.name == "postgresql":
        # To keep the lists of a usual team in the row itself, where they are read quickest.
        op.execute("ALTER TABLE team_list_rollup SET (toast_tuple_target = 8160)")
        no_team, strung = f"'{_NO_TEAM}'::uuid", "string_agg({0}, '' ORDER BY rep_id)"
    else:
        no_team, strung = f"'{_NO_TEAM.replace('-', '')}'", "group_concat({0}, '')"
    sums = [f"{_COMBINE.get(name, 'sum')}({name})" for name in names]
    _fill("team_day_rollup", names, sums, no_team, "daily_rollup")
    _fill(
        "team_list_rollup",
        ["visited", "bought", "new_customers"],
        [strung.format("visited"), strung.format("bought"), "sum(new_customers)"],
        no_team,
        "(SELECT * FROM customer_list_rollup ORDER BY day, team_id, rep_id) AS list",
    )
    with op.batch_alter_table("daily_rollup") as batch:
        batch.drop_index("ix_daily_rollup_day")
        batch.create_index("ix_daily_rollup_day", ["day", "active", "rep_id", "team_id"])


def _fill(table: str, names: list[str], values: list[str], no_team: str, source: str) -> None:
    op.execute(
        # Names of our own tables and columns.
        f"INSERT INTO {table} (day, team_id, {', '.join(names)}) "  # noqa: S608
        f"SELECT day, coalesce(team_id, {no_team}), {', '.join(values)} FROM {source} "
        f"GROUP BY day, coalesce(team_id, {no_team})"
    )


def downgrade() -> None:
    with op.batch_alter_table("daily_rollup") as batch:
        batch.drop_index("ix_daily_rollup_day")
        batch.create_index("ix_daily_rollup_day", ["day"])
    op.drop_table("team_list_rollup")
    op.drop_table("team_day_rollup")
