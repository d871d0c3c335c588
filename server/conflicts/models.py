"""Which of the changes that were not taken as sent somebody in the office has dealt with."""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class SolvedConflict(Model):
    """Somebody has dealt with a change; it stands for one row of the change log."""

    __tablename__ = "solved_conflict"

    device_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    solved_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    solved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
