"""Products for programs."""

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.products import queries
from server.products.queries import ProductRow
from server.products.schemas import ProductSchema

blueprint = Blueprint("products", __name__, url_prefix="/api/v1/products", description="Products.")


@blueprint.get("")
@signed_in()
@blueprint.response(200, ProductSchema(many=True))
def list_products() -> list[ProductRow]:
    """Return all products by category and name."""
    return queries.list_products(access=current_access())
