"""The office's side of the demo company: targets, costs, kilometre rate, public holidays."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import fmean

from sqlalchemy import select

from server.calendar.models import Holiday, WorkedHoliday
from server.costs.models import Cost
from server.demo.blueprint import Company
from server.demo.people import Rep
from server.demo.plans import working_days
from server.demo.rows import Rows
from server.demo.seasons import demand, holidays
from server.demo.territory import Outlet
from server.metrics.models import KilometreRate, Target
from server.platform.database import db
from shared.money import to_minor
from shared.time import add_months
from shared.vocabulary import CostCategory, CustomerClass

REVENUE_KEY = "revenue"
_ROUND_TO = Decimal(500_000)
# What an outlet of usual size brings in a month of usual demand, in Rupiah.
_MONTHLY = {
    CustomerClass.A: Decimal(12_000_000),
    CustomerClass.B: Decimal(1_900_000),
    CustomerClass.C: Decimal(380_000),
}
_KILOMETRE = Decimal(1_100)
_PIPELINE_MONTHLY = Decimal(15_000_000)
# Category, whether each rep has it or each team, usual amount a month in Rupiah, note.
_COSTS = (
    (CostCategory.SALARY, "rep", 5_900_000, "Gaji dan komisi"),
    (CostCategory.TRAVEL, "rep", 1_150_000, "Bensin, parkir, pulsa"),
    (CostCategory.ADVERTISING, "team", 6_500_000, "Iklan Instagram dan marketplace"),
    (CostCategory.PROMOTION, "team", 4_200_000, "Materi promosi dan contoh produk"),
    (CostCategory.EVENT, "team", 2_800_000, "Stan pameran"),
    (CostCategory.OTHER, "team", 900_000, "Lain-lain"),
)


def add_targets(rows: Rows, company: Company, *, until: dt.date) -> None:
    """Add the revenue target of each rep and team for every month from the first with deals on.

    Targets follow the territory and the season, not the rep, so some reps beat them and
    some do not. A team's is the sum of its reps'.
    """
    for month in _months(company.deals_from, until):
        of_team: dict[str, int] = {}
        for rep in company.reps:
            potential = _potential(company.outlets_of(rep))
            wanted = potential * Decimal(_demand_of(company, month)) * Decimal("1.06")
            rounded = (wanted / _ROUND_TO).to_integral_value() * _ROUND_TO
            amount = to_minor(rounded, company.currency)
            _add_target(rows, company, month, amount, rep_id=rep.id, team_id=rep.team_id)
            of_team[rep.team_id] = of_team.get(rep.team_id, 0) + amount
        for team_id, amount in of_team.items():
            _add_target(rows, company, month, amount, rep_id=None, team_id=team_id)


def _add_target(
    rows: Rows,
    company: Company,
    month: dt.date,
    amount: int,
    *,
    rep_id: str | None,
    team_id: str,
) -> None:
    chance = company.chance("target", rep_id or team_id, month)
    rows.add(
        Target,
        id=chance.record_id(company.at(month, 0)),
        metric_key=REVENUE_KEY,
        month=month,
        rep_id=rep_id,
        team_id=team_id,
        amount=amount,
    )


def add_costs(rows: Rows, company: Company, *, since: dt.date, until: dt.date) -> None:
    """Add what was spent: salaries and travel by rep, the rest by team, each once a month."""
    teams = dict.fromkeys(rep.team_id for rep in company.reps)
    for month in _months(since, until):
        for category, bearer, amount, note in _COSTS:
            bearers: list[tuple[Rep | None, str]] = (
                [(rep, rep.team_id) for rep in company.reps]
                if bearer == "rep"
                else [(None, team_id) for team_id in teams]
            )
            for rep, team_id in bearers:
                _add_cost(
                    rows,
                    company,
                    category,
                    amount,
                    note,
                    month=month,
                    rep=rep,
                    team_id=team_id,
                    until=until,
                )


def add_kilometre_rate(rows: Rows, company: Company) -> None:
    """Add what a kilometre by motorbike costs the company."""
    rate_minor = to_minor(_KILOMETRE, company.currency)
    rows.add(KilometreRate, start_on=company.visits_from, rate_minor=rate_minor)


def add_holidays(rows: Rows, *, first: dt.date, last: dt.date) -> None:
    """Add the days on which nobody works although it is no Sunday, but for those taken out."""
    worked = set(db.session.scalars(select(WorkedHoliday.day)))
    for day, name, own in holidays(first, last):
        if day not in worked:
            rows.add(Holiday, day=day, name=name, own=own)


def _add_cost(
    rows: Rows,
    company: Company,
    category: CostCategory,
    usual: int,
    note: str,
    *,
    month: dt.date,
    rep: Rep | None,
    team_id: str,
    until: dt.date,
) -> None:
    bearer = rep.code if rep else team_id
    chance = company.chance("cost", category, bearer, month)
    if category is CostCategory.EVENT and month.month % 3 != 1:
        return
    day = month + dt.timedelta(days=24 if category is CostCategory.SALARY else chance.randrange(25))
    if day > until:
        return
    spread = 0.04 if category is CostCategory.SALARY else 0.2
    amount = Decimal(round(chance.about(usual, spread=spread), -3))
    amount_minor = to_minor(amount, company.currency)
    rows.add(
        Cost,
        id=chance.record_id(company.at(day, 600)),
        code=None,
        category=category,
        day=day,
        rep_id=rep.id if rep else None,
        team_id=team_id,
        amount_minor=amount_minor,
        currency=company.currency,
        base_amount_minor=amount_minor,
        note=note,
    )


def _potential(outlets: Sequence[Outlet]) -> Decimal:
    shops = sum(_MONTHLY[outlet.customer_class] * Decimal(outlet.size) for outlet in outlets)
    return shops + _PIPELINE_MONTHLY


def _demand_of(company: Company, month: dt.date) -> float:
    last = add_months(month, 1) - dt.timedelta(days=1)
    days = list(working_days(month, last, today=month))
    usual_days = 26
    return fmean(demand(day, founded_on=company.founded_on) for day in days) * (
        len(days) / usual_days
    )


def _months(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    month = since.replace(day=1)
    while month <= until:
        yield month
        month = add_months(month, 1)
