"""Custom fields of customers for programs."""

from flask_smorest import Blueprint

from server.fields import queries
from server.fields.schemas import FieldSchema
from server.platform.auth import current_access, signed_in
from shared.custom_fields import CustomField

blueprint = Blueprint(
    "fields", __name__, url_prefix="/api/v1/custom-fields", description="Custom fields."
)


@blueprint.get("")
@signed_in()
@blueprint.response(200, FieldSchema(many=True))
def list_fields() -> list[CustomField]:
    """Return the custom fields of customers in their order, those archived too."""
    return [row.field for row in queries.list_fields(access=current_access())]
