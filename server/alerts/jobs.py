"""The jobs that look at the rules, and send alerts to where people want them."""

import json
import logging

from flask import current_app
from flask_babel import force_locale, gettext, ngettext

from server.alerts.models import Channel
from server.alerts.operations import alerts, deliveries
from server.alerts.operations.deliveries import Parcel
from server.alerts.operations.rules import Moment
from server.alerts.schemas import RULES, address_of, payload_of, sentence_of
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.mail import Mail, MailError, send_mail
from server.platform.queues import QueueNames, nudge
from server.platform.settings import Settings, current_settings
from server.platform.transaction import transaction
from server.platform.webhooks import WebhookError, post
from shared.i18n import DEFAULT_LANGUAGE
from shared.time import utc_now

logger = logging.getLogger(__name__)


def raise_alerts(**_: object) -> int:
    """Look at every rule; return how many alerts are new. Safe to call at any time, or twice."""
    with transaction():
        new = alerts.raise_alerts(moment=Moment(at=utc_now(), today=business_today()))
    db.session.remove()
    if new:
        nudge("server.alerts.jobs.send_alerts", queue=QueueNames.PERIODIC)
    return new


def send_alerts(**_: object) -> int:
    """Send what is due; return how many messages were sent. Safe to call at any time, or twice."""
    with transaction():
        parcels = deliveries.claim(at=utc_now())
    sent = 0
    for parcel in parcels:
        error = _deliver_anyhow(parcel)
        with transaction():
            deliveries.settle(delivery_ids=parcel.delivery_ids, error=error, at=utc_now())
        sent += not error
    db.session.remove()
    return sent


def _deliver_anyhow(parcel: Parcel) -> str:
    """Send this as `deliver` does: what is wrong with one message holds up no other."""
    # Outside of a request there are neither addresses of pages nor a language.
    with current_app.test_request_context(), force_locale(parcel.language or DEFAULT_LANGUAGE):
        try:
            return deliver(parcel)
        except Exception as unforeseen:
            logger.exception("an alert could not be sent by %s", parcel.channel)
            return gettext("unexpected: %(error)s", error=type(unforeseen).__name__)


def deliver(parcel: Parcel) -> str:
    """
    Send this now, in a request and in the language in force.

    :return: what went wrong, or nothing. Without any alert it is a test
    """
    settings = current_settings()
    if not parcel.address:
        return gettext("no address is given")
    try:
        if parcel.channel is Channel.EMAIL:
            send_mail(_mail(parcel, settings), settings=settings)
        else:
            _post(parcel, settings)
    except (MailError, WebhookError) as error:
        return str(error)
    return ""


def _mail(parcel: Parcel, settings: Settings) -> Mail:
    now, lines = utc_now(), []
    subject = ngettext("Tapak: %(num)s alert", "Tapak: %(num)s alerts", len(parcel.alerts))
    if not parcel.alerts:
        subject = gettext("Tapak: a test message")
        lines.append(gettext("Alerts that you choose arrive at this address."))
    elif len(parcel.alerts) == 1:
        [alert] = parcel.alerts
        subject = f"Tapak: {gettext(RULES[alert.rule].name)} – {alert.rep_name}"
    for alert in parcel.alerts:
        words = gettext(RULES[alert.rule].name)
        lines.append(f"{words} – {alert.rep_name}\n{sentence_of(alert, now)}")
        if settings.public_url:
            lines[-1] += f"\n{settings.public_url.rstrip('/')}{address_of(alert)}"
    lines.append(gettext("You chose to be mailed this, under *Alert rules* in Tapak."))
    text = "\n\n".join(lines) + "\n"
    return Mail(to=parcel.address, subject=subject, text=text, at=now, id=parcel.delivery_ids[0])


def _post(parcel: Parcel, settings: Settings) -> None:
    now = utc_now()
    alerts_ = [payload_of(alert, now, settings.public_url) for alert in parcel.alerts]
    body = {"alerts": alerts_} if alerts_ else {"alerts": [], "test": True}
    post(
        parcel.address,
        json.dumps(body, ensure_ascii=False).encode(),
        secret=parcel.secret,
        at=now,
        may_be_private=settings.webhooks_private,
    )
