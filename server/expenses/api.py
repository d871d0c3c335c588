"""Expenses for programs: the list with its filters, totals, decisions."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.expenses import operations, queries
from server.expenses.queries import ExpenseFilter, ExpenseRow, MonthTotal
from server.expenses.schemas import (
    DecidedSchema,
    ExpenseDecisionSchema,
    ExpenseFilterSchema,
    ExpensePageSchema,
    ExpenseQuerySchema,
    ExpenseRowSchema,
    MonthTotalSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.paging import Page
from server.platform.transaction import transaction
from server.teams.queries import team_with_descendants
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "expenses", __name__, url_prefix="/api/v1/expenses", description="Reps' expenses."
)


@blueprint.get("")
@signed_in()
@blueprint.arguments(ExpenseQuerySchema, location="query")
@blueprint.response(200, ExpensePageSchema)
def list_expenses(query: dict[str, Any]) -> Page[ExpenseRow]:
    """Return a page of the expenses the caller may see, the latest day first."""
    return queries.list_expenses(
        access=current_access(), where=_filter(query), page=query["page"], size=query["size"]
    )


@blueprint.get("/totals")
@signed_in()
@blueprint.arguments(ExpenseFilterSchema, location="query")
@blueprint.response(200, MonthTotalSchema(many=True))
def month_totals(query: dict[str, Any]) -> list[MonthTotal]:
    """Return what reps spent by month."""
    return queries.month_totals(access=current_access(), where=_filter(query))


@blueprint.get("/<uuid:expense_id>")
@signed_in()
@blueprint.response(200, ExpenseRowSchema)
def get_expense(expense_id: UUID) -> ExpenseRow:
    """Return one expense."""
    return queries.get_expense_row(access=current_access(), expense_id=str(expense_id))


@blueprint.post("/decisions")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(ExpenseDecisionSchema)
@blueprint.response(200, DecidedSchema)
def decide(body: dict[str, Any]) -> dict[str, int]:
    """Approve or reject expenses that were handed in: all of them, or none."""
    ids = {str(expense_id) for expense_id in body["ids"]}
    with transaction():
        operations.decide_expenses(
            access=current_access(),
            expense_ids=ids,
            decision=body["decision"],
            reason=body["reason"],
            at=utc_now(),
        )
    return {"decided": len(ids)}


@blueprint.post("/<uuid:expense_id>/reopening")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.response(200, ExpenseRowSchema)
def reopen(expense_id: UUID) -> ExpenseRow:
    """Take the decision about an expense back."""
    access = current_access()
    with transaction():
        operations.reopen_expense(access=access, expense_id=str(expense_id), at=utc_now())
    return queries.get_expense_row(access=access, expense_id=str(expense_id))


def _filter(query: dict[str, Any]) -> ExpenseFilter:
    return ExpenseFilter(
        period=Period(query["start"], query["end"]) if "start" in query else None,
        state=query.get("state"),
        kind=query.get("kind"),
        rep_id=str(query["rep"]) if "rep" in query else None,
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
    )
