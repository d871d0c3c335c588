"""Which rule holds outside the fence, and codes that are good once."""

import datetime as dt

import pytest

from shared.checkin.policy import (
    MOST_CODES,
    FenceRule,
    Policy,
    PolicyKind,
    find_number,
    needs,
    override_code,
    rule_for,
)
from shared.vocabulary import Verdict

DAY = dt.date(2026, 3, 2)
KEY = bytes(range(32))


def test_a_class_goes_before_a_team_and_the_nearest_team_before_those_above() -> None:
    company = Policy(PolicyKind.ORGANISATION, "", FenceRule.WARN)
    region = Policy(PolicyKind.TEAM, "region", FenceRule.BLOCK, 1)
    team = Policy(PolicyKind.TEAM, "team", FenceRule.RECORD, 2)
    big = Policy(PolicyKind.CUSTOMER_CLASS, "A", FenceRule.BLOCK)

    assert rule_for([], customer_class="A") is FenceRule.RECORD
    assert rule_for([company], customer_class="A") is FenceRule.WARN
    assert rule_for([region, company], customer_class="A") is FenceRule.BLOCK
    assert rule_for([team, region, company], customer_class="B") is FenceRule.RECORD
    assert rule_for([big, team, region, company], customer_class="A") is FenceRule.BLOCK


@pytest.mark.parametrize("verdict", [Verdict.INSIDE, Verdict.UNCERTAIN])
def test_only_a_check_in_that_is_certainly_outside_is_hindered(verdict: Verdict) -> None:
    assert needs(FenceRule.BLOCK, verdict) is FenceRule.RECORD
    assert needs(FenceRule.BLOCK, Verdict.OUTSIDE) is FenceRule.BLOCK


def test_a_code_is_for_one_phone_one_customer_and_one_day() -> None:
    code = override_code(KEY, customer_id="a", day=DAY, number=1)

    def number(key: bytes = KEY, customer_id: str = "a", day: dt.date = DAY) -> int | None:
        return find_number(key, f" {code[:4]}-{code[4:]} ", customer_id=customer_id, day=day)

    assert number() == 1
    assert number(key=bytes(32)) is None
    assert number(customer_id="b") is None
    assert number(day=DAY + dt.timedelta(days=1)) is None


def test_a_used_code_is_none_and_the_next_one_is_another() -> None:
    codes = [
        override_code(KEY, customer_id="a", day=DAY, number=n) for n in range(1, MOST_CODES + 1)
    ]

    assert len(set(codes)) == MOST_CODES
    assert find_number(KEY, codes[0], customer_id="a", day=DAY, used={1}) is None
    assert find_number(KEY, codes[1], customer_id="a", day=DAY, used={1}) == 2
    assert find_number(KEY, "", customer_id="a", day=DAY) is None
