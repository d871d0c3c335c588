"""The office counts what came in, and tells reps their own numbers."""

from hypothesis.stateful import rule
from sqlalchemy import select

from server.figures import queries
from server.figures.jobs import tell_reps
from server.figures.models import FigureState, OwnFigure
from server.metrics.jobs import refresh_rollups
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.settings import current_settings
from tests.faults.simulated.world import World


class Figures(World):
    """By the jobs of the workers; what they tell travels as other rows do."""

    @rule()
    def count_and_tell_the_reps(self) -> None:
        with self.app.app_context():
            refresh_rollups()
            tell_reps()


def check_that_all_was_told(owners: tuple[str, ...]) -> None:
    """Compare what each rep was told with what is counted now; asks for an app context."""
    for owner in set(owners):
        state = db.session.get_one(FigureState, owner)
        assert state.told == state.generation
        assert state.day is not None
        counted = queries.count(
            access=SYSTEM,
            rep_ids=[owner],
            today=state.day,
            currency=current_settings().reporting_currency,
        )
        rows = db.session.scalars(select(OwnFigure).where(OwnFigure.rep_id == owner))
        assert {row.month: row.figures for row in rows} == {
            month.start: figures for month, figures in counted[owner].items()
        }
