"""A company's own KPIs for programs; everybody may read them, administrators change them."""

from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint

from server.definitions import operations, queries
from server.definitions.models import OwnMetric
from server.definitions.operations import Definition
from server.definitions.schemas import (
    ChangeSchema,
    DefinitionSchema,
    EditionSchema,
    OwnMetricSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.transaction import transaction
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "definitions",
    __name__,
    url_prefix="/api/v1/definitions",
    description="KPIs that the company has made for itself.",
)


@blueprint.get("")
@signed_in()
@blueprint.response(200, OwnMetricSchema(many=True))
def list_definitions() -> Sequence[OwnMetric]:
    """Return the company's own KPIs, archived ones last."""
    return queries.list_own_metrics(access=current_access())


@blueprint.post("")
@signed_in(Role.ADMIN)
@blueprint.arguments(DefinitionSchema)
@blueprint.response(201, OwnMetricSchema)
def create_definition(body: dict[str, Any]) -> OwnMetric:
    """Make a KPI of a formula over measures; it appears everywhere the built-in ones do."""
    with transaction():
        return operations.create_own_metric(
            definition=Definition(**body), at=utc_now(), by=current_access().user_id
        )


@blueprint.put("/<string:key>")
@signed_in(Role.ADMIN)
@blueprint.arguments(ChangeSchema)
@blueprint.response(200, OwnMetricSchema)
def change_definition(body: dict[str, Any], key: str) -> OwnMetric:
    """Change a KPI; another formula or unit is another version."""
    edition = body.pop("edition")
    with transaction():
        return operations.change_own_metric(
            key=key,
            definition=Definition(**body),
            edition=edition,
            at=utc_now(),
            by=current_access().user_id,
        )


@blueprint.post("/<string:key>/archive")
@signed_in(Role.ADMIN)
@blueprint.arguments(EditionSchema)
@blueprint.response(200, OwnMetricSchema)
def archive_definition(body: dict[str, Any], key: str) -> OwnMetric:
    """Take a KPI out of use."""
    return _archive(key, body["edition"], archived=True)


@blueprint.post("/<string:key>/restore")
@signed_in(Role.ADMIN)
@blueprint.arguments(EditionSchema)
@blueprint.response(200, OwnMetricSchema)
def restore_definition(body: dict[str, Any], key: str) -> OwnMetric:
    """Bring an archived KPI back."""
    return _archive(key, body["edition"], archived=False)


def _archive(key: str, edition: int, *, archived: bool) -> OwnMetric:
    with transaction():
        return operations.archive_own_metric(
            key=key,
            archived=archived,
            edition=edition,
            at=utc_now(),
            by=current_access().user_id,
        )
