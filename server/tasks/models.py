"""Tasks: what a rep is to do next, mostly at a customer."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime, person_or_team
from server.platform.versioned import Versioned
from shared.vocabulary import TaskState

_HAS_VISIT = text("visit_id IS NOT NULL")


class Task(Versioned, Model):
    """Something one rep is to do. `team_id` is the rep's team on the day it was given to them."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_rep_id_due_on", "rep_id", "due_on"),
        Index("ix_task_customer_id", "customer_id"),
        # Most are promised in no visit.
        Index(
            "ix_task_visit_id",
            "visit_id",
            sqlite_where=_HAS_VISIT,
            postgresql_where=_HAS_VISIT,
        ),
        Index("ix_task_state_due_on", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    rep_id: Mapped[str] = mapped_column(Id, person_or_team("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, person_or_team("team.id"))
    customer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("customer.id"))
    visit_id: Mapped[str | None] = mapped_column(Id, ForeignKey("visit.id"))
    """The visit it was promised in."""
    due_on: Mapped[dt.date | None]
    state: Mapped[TaskState] = mapped_column(String(12), default=TaskState.OPEN)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Id, person_or_team("user_account.id"))
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
