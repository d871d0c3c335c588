"""The visit form for programs: every version of every question."""

from flask_smorest import Blueprint

from server.forms import queries
from server.forms.queries import QuestionRow
from server.forms.schemas import QuestionSchema
from server.platform.auth import current_access, signed_in

blueprint = Blueprint(
    "forms", __name__, url_prefix="/api/v1/visit-form", description="The visit form."
)


@blueprint.get("")
@signed_in()
@blueprint.response(200, QuestionSchema(many=True))
def list_questions() -> list[QuestionRow]:
    """Return the questions in their order, each version, the newest first."""
    return queries.list_questions(access=current_access())
