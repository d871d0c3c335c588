"""What the lifetime endpoints take and give."""

from marshmallow import Schema, fields

from server.platform.paging import PageQuerySchema, PageSchema
from shared.i18n import N_

PROBLEMS = {
    "too_few_customers": N_(
        "Fewer than 50 customers have bought again. That is too few to predict from."
    ),
    "not_fitted": N_("The way customers buy does not fit the models yet."),
}
"""Why there is no prediction, by code."""


class LifetimeQuerySchema(PageQuerySchema):
    """Which page."""


class FitSchema(Schema):
    """The latest fit: its data, its sample, its parameters."""

    fitted_at = fields.AwareDateTime()
    first_day = fields.Date(allow_none=True)
    last_day = fields.Date()
    customers = fields.Integer()
    repeat_customers = fields.Integer()
    problem = fields.String(allow_none=True)
    r = fields.Float(allow_none=True)
    alpha = fields.Float(allow_none=True)
    a = fields.Float(allow_none=True)
    b = fields.Float(allow_none=True)
    purchases_log_likelihood = fields.Float(allow_none=True)
    p = fields.Float(allow_none=True)
    q = fields.Float(allow_none=True)
    gamma = fields.Float(allow_none=True)
    value_log_likelihood = fields.Float(allow_none=True)


class CustomerLifetimeSchema(Schema):
    """What is predicted of one customer; money in minor units of the reporting currency."""

    customer_id = fields.String()
    customer_name = fields.String()
    customer_code = fields.String()
    owner_name = fields.String(allow_none=True)
    repeats = fields.Integer()
    recency_weeks = fields.Float()
    age_weeks = fields.Float()
    mean_value_minor = fields.Integer()
    probability_alive = fields.Float()
    expected_purchases = fields.Float()
    value_minor = fields.Integer()


class LifetimePageSchema(PageSchema):
    """A page of customers, and the fit that speaks of them."""

    fit = fields.Nested(FitSchema, allow_none=True)
    rows = fields.List(fields.Nested(CustomerLifetimeSchema))
