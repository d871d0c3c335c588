"""The commands that count again, and that check what was counted."""

from click.testing import CliRunner
from flask import Flask

from server.metrics.commands import group
from server.platform.events import day_changed
from server.platform.transaction import transaction
from tests.factories.company import Company
from tests.factories.visits import record_visit


def test_a_difference_is_found_and_mended(app: Flask, company: Company) -> None:
    with app.app_context():
        with day_changed.muted(), transaction():
            record_visit(rep_id=company.sari, customer_id=company.shop)
        run = CliRunner().invoke

        before = run(group, ["check"])
        run(group, ["rebuild"])
        after = run(group, ["check"])

        assert before.exit_code == 1
        assert "class_day_rollup: 1 rows differ" in before.output
        assert after.exit_code == 0
        assert "daily_rollup: correct" in after.output


def test_stale_days_are_counted_on_demand(app: Flask, company: Company) -> None:
    with app.app_context():
        with transaction():
            record_visit(rep_id=company.sari, customer_id=company.shop)
        run = CliRunner().invoke

        assert run(group, ["refresh"]).exit_code == 0
        assert run(group, ["check"]).exit_code == 0
