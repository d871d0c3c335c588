"""photos of expenses: their receipts

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The tables it refers to need not be read for that.
    with op.batch_alter_table("photo", reflect_kwargs={"resolve_fks": False}) as batch:
        batch.alter_column("visit_id", existing_type=sa.Uuid(as_uuid=False), nullable=True)
        batch.add_column(sa.Column("expense_id", sa.Uuid(as_uuid=False), nullable=True))
        batch.create_foreign_key(op.f("fk_photo_expense_id"), "expense", ["expense_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_photo_of_one"), "(visit_id IS NULL) <> (expense_id IS NULL)"
        )
        batch.create_index("ix_photo_expense_id", ["expense_id"])


def downgrade() -> None:
    op.execute("DELETE FROM photo WHERE visit_id IS NULL")
    # The tables it refers to need not be read for that.
    with op.batch_alter_table("photo", reflect_kwargs={"resolve_fks": False}) as batch:
        batch.drop_index("ix_photo_expense_id")
        batch.drop_constraint(op.f("ck_photo_of_one"), type_="check")
        batch.drop_constraint(op.f("fk_photo_expense_id"), type_="foreignkey")
        batch.drop_column("expense_id")
        batch.alter_column("visit_id", existing_type=sa.Uuid(as_uuid=False), nullable=False)
