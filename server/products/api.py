"""Products for programs: everybody reads them, administrators set prices in other currencies."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.transaction import transaction
from server.products import operations, queries
from server.products.queries import ProductRow
from server.products.schemas import PricesSchema, ProductSchema
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("products", __name__, url_prefix="/api/v1/products", description="Products.")


@blueprint.get("")
@signed_in()
@blueprint.response(200, ProductSchema(many=True))
def list_products() -> list[ProductRow]:
    """Return all products by category and name."""
    return queries.list_products(access=current_access())


@blueprint.put("/<uuid:product_id>/prices")
@signed_in(Role.ADMIN)
@blueprint.arguments(PricesSchema)
@blueprint.response(200, ProductSchema)
def set_prices(body: dict[str, Any], product_id: UUID) -> ProductRow:
    """Set a product's prices in other currencies, all of them. Orders keep theirs."""
    access = current_access()
    with transaction():
        operations.set_prices(
            product_id=str(product_id),
            base=body["version"],
            prices=body["prices"],
            at=utc_now(),
            by=access.user_id,
        )
    return queries.get_listed(access=access, product_id=str(product_id))
