"""Reading alerts."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from server.alerts.models import (
    Alert,
    AlertAddress,
    AlertDelivery,
    AlertRoute,
    AlertRule,
    Channel,
    MutedRule,
)
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces, reordered
from server.platform.prepared import PreparedFor

SORTABLE = frozenset({"rule", "rep_name", "raised_at", "acknowledged_at"})


@dataclass(frozen=True)
class AlertRow:
    """An alert in the list."""

    id: str
    rule: AlertRule
    rep_id: str
    rep_name: str
    day: dt.date
    inputs: dict[str, Any]
    raised_at: dt.datetime
    cleared_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    acknowledged_name: str | None


def list_alerts(
    *,
    access: Access,
    state: str = "open",
    rule: AlertRule | None = None,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[AlertRow]:
    """Return a page of alerts of the rules the caller wants to see, latest first.

    :param state: `open` (nobody has acknowledged it and it still is so), `done` or `all`
    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_latest_first(access, state, rule), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_row)


def each_alert(*, access: Access, state: str, rule: AlertRule | None) -> Iterator[AlertRow]:
    """Give all of them, read piece by piece: for exports."""
    for row in read_in_pieces(_latest_first(access, state, rule)):
        yield _row(row)


def count_open(*, access: Access) -> int:
    """Return how many alerts wait for the caller."""
    return _COUNT.scalar(access) or 0


def muted_rules(*, access: Access) -> frozenset[AlertRule]:
    """Return the rules whose alerts the caller does not want to see."""
    muted = select(MutedRule.rule).where(MutedRule.user_id == access.user_id)
    return frozenset(AlertRule(rule) for rule in db.session.scalars(muted))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDestinations:
    """Where the caller's alerts go, and what went wrong lately."""

    email: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    routes: frozenset[tuple[AlertRule, Channel]] = frozenset()
    troubles: tuple[tuple[Channel, str], ...] = ()
    """The channels whose last message did not get there, with what was said."""


def own_destinations(*, access: Access) -> OwnDestinations:
    """Return where the caller's alerts go."""
    address = db.session.get(AlertAddress, access.user_id)
    routes = select(AlertRoute.rule, AlertRoute.channel).where(AlertRoute.user_id == access.user_id)
    delivery = AlertDelivery
    latest = (
        select(
            delivery.channel,
            delivery.error,
            func.row_number()
            .over(partition_by=delivery.channel, order_by=delivery.id.desc())
            .label("place"),
        )
        .where(delivery.user_id == access.user_id, delivery.attempts > 0)
        .subquery()
    )
    troubles = select(latest.c.channel, latest.c.error).where(
        latest.c.place == 1, latest.c.error != ""
    )
    return OwnDestinations(
        email=address.email if address else "",
        webhook_url=address.webhook_url if address else "",
        webhook_secret=address.webhook_secret if address and address.webhook_url else "",
        routes=frozenset(
            (AlertRule(row.rule), Channel(row.channel)) for row in db.session.execute(routes)
        ),
        troubles=tuple((Channel(row.channel), row.error) for row in db.session.execute(troubles)),
    )


_OPEN: tuple[ColumnElement[bool], ColumnElement[bool]] = (
    Alert.acknowledged_at.is_(None),
    Alert.cleared_at.is_(None),
)


def _visible(access: Access) -> tuple[ColumnElement[bool], ...]:
    muted = select(MutedRule.rule).where(MutedRule.user_id == access.user_id)
    return (access.rows(Alert.rep_id, Alert.team_id), Alert.rule.not_in(muted))


def _latest_first(access: Access, state: str, rule: AlertRule | None) -> Select[Any]:
    rep, somebody = aliased(User), aliased(User)
    statement: Select[Any] = (
        select(
            Alert.id,
            Alert.rule,
            Alert.rep_id,
            rep.name.label("rep_name"),
            Alert.day,
            Alert.inputs,
            Alert.raised_at,
            Alert.cleared_at,
            Alert.acknowledged_at,
            somebody.name.label("acknowledged_name"),
        )
        .join(rep, rep.id == Alert.rep_id)
        .outerjoin(somebody, somebody.id == Alert.acknowledged_by)
        .where(*_visible(access))
        .order_by(Alert.raised_at.desc(), Alert.id.desc())
    )
    if state == "open":
        statement = statement.where(*_OPEN)
    elif state == "done":
        statement = statement.where(~(_OPEN[0] & _OPEN[1]))
    if rule is not None:
        statement = statement.where(Alert.rule == rule)
    return statement


def _row(row: Any) -> AlertRow:
    return AlertRow(**row._asdict() | {"rule": AlertRule(row.rule)})


# Made once: every page shows it.
_COUNT = PreparedFor(
    lambda access: select(func.count()).select_from(Alert).where(*_visible(access), *_OPEN)
)
