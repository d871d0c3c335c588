"""facts name persons and teams without foreign keys on PostgreSQL; no index over missing visits

Revision ID: 0080
Revises: 0079
"""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_PERSONS = {
    "visit": ["rep_id"],
    "deal": ["owner_id", "lead_rep_id", "opportunity_rep_id", "closed_rep_id"],
    "stage_change": ["rep_id"],
    "task": ["rep_id", "created_by"],
    "expense": ["rep_id"],
}
_WITH_TEAM = ("visit", "deal", "task", "expense")
_KEYS = [
    *((table, name, "user_account") for table, names in _PERSONS.items() for name in names),
    *((table, "team_id", "team") for table in _WITH_TEAM),
]
_HAS_VISIT = sa.text("visit_id IS NOT NULL")
_KEEP = """
CREATE FUNCTION keep_what_facts_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts name rows of %: they are never deleted', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation';
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, _ in _KEYS:
            op.drop_constraint(op.f(f"fk_{table}_{column}"), table, type_="foreignkey")
        op.execute(_KEEP)
        for table in ("user_account", "team"):
            op.execute(
                f"CREATE TRIGGER keep_what_facts_name BEFORE DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION keep_what_facts_name()"
            )
    op.drop_index("ix_task_visit_id", "task")
    op.create_index(
        "ix_task_visit_id",
        "task",
        ["visit_id"],
        sqlite_where=_HAS_VISIT,
        postgresql_where=_HAS_VISIT,
    )


def downgrade() -> None:
    op.drop_index("ix_task_visit_id", "task")
    op.create_index("ix_task_visit_id", "task", ["visit_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table in ("user_account", "team"):
            op.execute(f"DROP TRIGGER keep_what_facts_name ON {table}")
        op.execute("DROP FUNCTION keep_what_facts_name()")
        for table, column, target in _KEYS:
            name = op.f(f"fk_{table}_{column}")
            op.create_foreign_key(name, table, target, [column], ["id"])
