"""Teams and reps for programs."""

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.teams import queries
from server.teams.queries import RepRow, TeamRow
from server.teams.schemas import RepSchema, TeamSchema

blueprint = Blueprint("teams", __name__, url_prefix="/api/v1", description="Teams and reps.")


@blueprint.get("/teams")
@signed_in()
@blueprint.response(200, TeamSchema(many=True))
def list_teams() -> list[TeamRow]:
    """Return the teams the caller leads; an administrator sees all."""
    return queries.list_teams(access=current_access())


@blueprint.get("/reps")
@signed_in()
@blueprint.response(200, RepSchema(many=True))
def list_reps() -> list[RepRow]:
    """Return the people who belong to those teams today."""
    today = business_today()
    return queries.list_reps(access=current_access(), day=today)
