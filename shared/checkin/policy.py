"""What a check-in outside the fence needs: nothing, a note, or a code from the manager.

The code works without a network: phone and office work it out from the key they share, the
customer, the day and a number, so that a code is good for one check-in of one phone.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.vocabulary import Verdict

CODE_DIGITS = 8
MOST_CODES = 9
"""Codes for one phone, customer and day; a tenth means that something else is wrong."""


class FenceRule(StrEnum):
    """What happens at a check-in that is certainly outside. An uncertain one is never hindered."""

    RECORD = "record"
    WARN = "warn"
    """The rep must say why."""
    BLOCK = "block"
    """The rep needs a code from the manager."""


class PolicyKind(StrEnum):
    """Whom a rule holds for; the later ones go before the earlier ones."""

    ORGANISATION = "organisation"
    TEAM = "team"
    CUSTOMER_CLASS = "class"


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for the organisation, a team and the teams below, or a class of customers."""

    kind: PolicyKind
    key: str
    """The team's id or the class; empty for the organisation."""
    rule: FenceRule
    depth: int = 0
    """Of a team in the tree: a team goes before those above it."""


def rule_for(policies: Iterable[Policy], *, customer_class: str) -> FenceRule:
    """
    Return the rule for a customer: that of its class, else the nearest team's, else the company's.

    :param policies: the organisation's, those of the rep's team and the teams above it, and any
        class's
    """
    rank = list(PolicyKind)
    holding = [
        policy
        for policy in policies
        if policy.kind is not PolicyKind.CUSTOMER_CLASS or policy.key == customer_class
    ]
    if not holding:
        return FenceRule.RECORD
    return max(holding, key=lambda policy: (rank.index(policy.kind), policy.depth)).rule


def needs(rule: FenceRule, verdict: Verdict) -> FenceRule:
    """Return what a check-in with this verdict needs."""
    return rule if verdict is Verdict.OUTSIDE else FenceRule.RECORD


def override_code(key: bytes, *, customer_id: str, day: dt.date, number: int) -> str:
    """
    Return a code of eight digits: an HMAC, shortened as RFC 4226 (5.3) does.

    :param key: the phone's own, which only it and the office know
    :param number: 1 for the first code of that phone, customer and day
    """
    message = f"fence-override:{customer_id}:{day.isoformat()}:{number}".encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    offset = digest[-1] & 0x0F
    shortened = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{shortened % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def find_number(
    key: bytes, code: str, *, customer_id: str, day: dt.date, used: Collection[int] = ()
) -> int | None:
    """Return which code of the customer and day this is, or None where it is none, or was used."""
    plain = "".join(filter(str.isdigit, code))
    for number in range(1, MOST_CODES + 1):
        expected = override_code(key, customer_id=customer_id, day=day, number=number)
        if hmac.compare_digest(expected, plain):
            return None if number in used else number
    return None
