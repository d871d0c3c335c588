"""Where a person wants alerts to go besides the bell, and sending them there until they are there.

What is to be sent stands in the database. A job takes it for a while, sends without a transaction
and says what came of it; a job that was killed is followed by another, so an alert may come twice
and is never lost.
"""

import datetime as dt
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, exists, or_, select

from server.alerts.models import Alert, AlertAddress, AlertDelivery, AlertRoute, AlertRule, Channel
from server.alerts.queries import AlertRow
from server.identity.models import User
from server.platform import webhooks
from server.platform.database import db, upsert
from server.platform.errors import InvalidInputError
from server.platform.webhooks import WebhookError
from server.teams.models import Team, TeamLead
from shared.sync.ids import new_id
from shared.vocabulary import Role

LONGEST_EMAIL = 254
LONGEST_ERROR = 300
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""After each attempt that failed; after the last one it is given up."""
_LEASE = dt.timedelta(minutes=15)
"""Longer than a job may take."""
_AT_ONCE = 200
_EMAIL = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """Where a person wants alerts to go, and which rules' alerts go where."""

    email: str
    webhook_url: str
    routes: frozenset[tuple[AlertRule, Channel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The alerts that go to one person by one channel now."""

    delivery_ids: tuple[str, ...]
    channel: Channel
    address: str
    """Empty: the person has taken it away."""
    secret: str
    language: str
    alerts: tuple[AlertRow, ...]


def choose_destinations(
    *, user_id: str, wanted: Destinations, may_be_private: bool, undoes: bool = False
) -> None:
    """
    Let a person's alerts go there; a new webhook gets a new secret.

    :param undoes: the last change of the webhook is taken back: it gets its former secret
    :raises InvalidInputError: if an address is none; names `email` or `webhook_url`
    """
    wrong = {}
    if wanted.email and not (len(wanted.email) <= LONGEST_EMAIL and _EMAIL.fullmatch(wanted.email)):
        wrong["email"] = ["no address"]
    if wanted.webhook_url:
        try:
            webhooks.check_url(wanted.webhook_url, may_be_private=may_be_private)
        except WebhookError as error:
            wrong["webhook_url"] = [str(error)]
    if wrong:
        raise InvalidInputError(wrong)
    known = db.session.get(AlertAddress, user_id)
    present, former = ("", ""), ("", "")
    if known is not None:
        present = known.webhook_url, known.webhook_secret
        former = known.former_webhook_url, known.former_webhook_secret
    if wanted.webhook_url != present[0]:
        is_back = undoes and wanted.webhook_url == former[0]
        new = former if is_back else (wanted.webhook_url, secrets.token_urlsafe(32))
        present, former = new, present
    columns = ("webhook_url", "webhook_secret", "former_webhook_url", "former_webhook_secret")
    row = dict(zip(columns, (*present, *former), strict=True)) | {"email": wanted.email}
    upsert(AlertAddress, [{"user_id": user_id, **row}], keys=["user_id"], update=list(row))
    db.session.execute(delete(AlertRoute).where(AlertRoute.user_id == user_id))
    db.session.add_all(
        AlertRoute(user_id=user_id, rule=rule, channel=channel)
        for rule, channel in sorted(wanted.routes)
    )


def line_up(keys: Collection[str], *, at: dt.datetime) -> None:
    """Note that these new alerts are to be sent to those who want them and may see them."""
    if not keys:
        return
    db.session.flush()
    led = select(TeamLead.user_id, TeamLead.team_id).cte("led", recursive=True)
    led = led.union(select(led.c.user_id, Team.id).join(led, Team.parent_id == led.c.team_id))
    sees = or_(
        User.role == Role.ADMIN,
        and_(
            User.role == Role.MANAGER,
            or_(
                Alert.rep_id == User.id,
                exists().where(led.c.user_id == User.id, led.c.team_id == Alert.team_id),
            ),
        ),
    )
    found = db.session.execute(
        select(Alert.id, AlertRoute.user_id, AlertRoute.channel)
        .join(AlertRoute, AlertRoute.rule == Alert.rule)
        .join(User, User.id == AlertRoute.user_id)
        .where(Alert.key.in_(keys), User.active, sees)
    )
    db.session.add_all(
        AlertDelivery(
            id=new_id(),
            alert_id=row.id,
            user_id=row.user_id,
            channel=row.channel,
            attempts=0,
            next_at=at,
            error="",
        )
        for row in found
    )


def claim(*, at: dt.datetime) -> list[Parcel]:
    """Take what is due, so that no other job sends it meanwhile; together what goes together."""
    due = db.session.scalars(
        select(AlertDelivery)
        .where(
            AlertDelivery.sent_at.is_(None),
            AlertDelivery.given_up_at.is_(None),
            AlertDelivery.next_at <= at,
        )
        .order_by(AlertDelivery.next_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for delivery in due:
        delivery.attempts += 1
        delivery.next_at = at + _LEASE
    rep = User.__table__.alias("rep")
    rows = db.session.execute(
        select(AlertDelivery, Alert, rep.c.name, User.language, User.active, AlertAddress)
        .join(Alert, Alert.id == AlertDelivery.alert_id)
        .join(rep, rep.c.id == Alert.rep_id)
        .join(User, User.id == AlertDelivery.user_id)
        .outerjoin(AlertAddress, AlertAddress.user_id == AlertDelivery.user_id)
        .where(AlertDelivery.id.in_([delivery.id for delivery in due]))
        .order_by(AlertDelivery.user_id, AlertDelivery.channel, Alert.raised_at, Alert.id)
    ).all()
    parcels: dict[tuple[str, str], list[tuple[str, AlertRow]]] = {}
    heads: dict[tuple[str, str], tuple[str, str, str]] = {}
    for delivery, alert, rep_name, language, active, address in rows:
        key = delivery.user_id, delivery.channel
        to = ""
        if active and address is not None:
            is_mail = delivery.channel == Channel.EMAIL
            to = address.email if is_mail else address.webhook_url
        heads[key] = to, address.webhook_secret if address else "", language
        parcels.setdefault(key, []).append((delivery.id, _row(alert, rep_name)))
    return [
        Parcel(
            delivery_ids=tuple(id_ for id_, _ in parcels[key]),
            channel=Channel(key[1]),
            address=address,
            secret=secret,
            language=language,
            alerts=tuple(alert for _, alert in parcels[key]),
        )
        for key, (address, secret, language) in heads.items()
    ]


def settle(*, delivery_ids: Sequence[str], error: str, at: dt.datetime) -> None:
    """Note what came of sending these: they are there, are tried again later, or are given up."""
    sent = select(AlertDelivery).where(AlertDelivery.id.in_(delivery_ids))
    for delivery in db.session.scalars(sent):
        delivery.error = error[:LONGEST_ERROR]
        if not error:
            delivery.sent_at = at
        elif delivery.attempts > len(PAUSES):
            delivery.given_up_at = at
        else:
            delivery.next_at = at + PAUSES[delivery.attempts - 1]


def _row(alert: Alert, rep_name: str) -> AlertRow:
    return AlertRow(
        id=alert.id,
        rule=AlertRule(alert.rule),
        rep_id=alert.rep_id,
        rep_name=rep_name,
        day=alert.day,
        inputs=alert.inputs,
        raised_at=alert.raised_at,
        cleared_at=alert.cleared_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_name=None,
    )
