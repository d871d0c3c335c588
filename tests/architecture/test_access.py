"""No query hands out rows without being told what the caller may see."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each with the reason why it may do without.
WITHOUT_ACCESS = {
    "conflicts.product_names": "products are for everybody",
    "currencies.find_rate": "freezes an amount at the rate of its day, whoever records it",
    "currencies.is_rate_of": "makes a condition on rows, and hands out none",
    "currencies.list_currencies": "says what may be chosen; rates themselves are told by others",
    "currencies.load_rates": "freezes amounts at the rates of their days, whoever records them",
    "currencies.rate_text": "turns a number into a text, reads nothing",
    "customers.customers_named": "narrows rows that the caller may see",
    "customers.is_named": "narrows rows that the caller may see",
    "customers.of_customers_named": "makes a condition on rows, and hands out none",
    "customers.order_currencies": "makes part of a condition on products, and hands out no rows",
    "customers.has_value": "makes a condition on rows, and hands out none",
    "customers.in_range": "makes a condition on rows, and hands out none",
    "customers.text_of": "makes an expression on rows, and hands out none",
    "definitions.definition_of": "turns a row into a definition, reads nothing",
    "definitions.own_definitions": "how numbers are defined; everybody sees the numbers themselves",
    "fields.definitions": "says what fields there are, which everybody sees, and no values",
    "fields.fields_in_use": "the same of those in use",
    "identity.find_active_user": "signs in: what the user may see follows from the answer",
    "identity.find_former": "connects a phone: what it may see follows from its user",
    "identity.find_lost_phone": "knows a phone by its token, as find_phone does",
    "identity.find_phone": "knows a phone by its token: what it may see follows from the answer",
    "identity.nobody_can_sign_in": "tells strangers of a new installation how to begin, no rows",
    "identity.find_user_by_code": "signs in: what the user may see follows from the answer",
    "identity.find_signed_in": "knows a session: what the user may see follows from the answer",
    "lifetime.find_latest_fit": "tells of the sample as a whole, of no customer",
    "metrics.total_of": "turns a sum of rows into its unit, reads nothing",
    "metrics.in_unit": "turns a number into its unit, reads nothing",
    "planning.kept_rules_of_teams": "how weeks are planned below these teams, and no rows",
    "products.lacks_price": "makes a condition on rows, and hands out none",
    **{
        f"quality.{rows}": "makes the statement of a check, for a scope that holds the access"
        for rows in (
            *("contradicting_targets", "customers", "deals", "products", "reps_without_a_team"),
            *("spent_without_rate", "teams_without_reps", "visits"),
        )
    },
    "teams.led_team_ids": "makes the Access of a manager",
    "teams.team_of_rep": "stamps facts with the team of the day, whoever records them",
    "teams.ask_for_team_ahead": "lets the answer to team_of_rep come along, and hands out no rows",
    "teams.team_line": "finds the rules that hold for a team, and hands out no rows",
    "teams.teams_of_reps": "says who is told of a change, and hands out no rows",
    "teams.team_with_descendants": "makes the Access of a manager",
    "territories.customers_in_use": "says no more than that an undo would lose something",
}


def public_queries() -> dict[str, ast.FunctionDef]:
    return {
        f"{_feature(file)}.{node.name}": node
        for file in sorted([*ROOT.glob("server/*/queries.py"), *ROOT.glob("server/*/queries/*.py")])
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def _feature(file: Path) -> str:
    return file.relative_to(ROOT).parts[1]


@pytest.mark.parametrize("name", public_queries())
def test_every_query_requires_access(name: str) -> None:
    arguments = public_queries()[name].args
    required = {
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    }

    assert "access" in required or name in WITHOUT_ACCESS, (
        f"{name} lacks a required keyword argument `access` (server/platform/access.py)"
    )


def test_the_exceptions_exist() -> None:
    assert set(WITHOUT_ACCESS) <= set(public_queries())
