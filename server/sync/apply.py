"""What each kind of change does: one function each, over the features' own operations."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from server.customers import operations as customers
from server.deals.models import Deal, DealLine
from server.deals.operations import deals
from server.fields.queries import definitions
from server.photos.operations import records as photos
from server.planning.operations import stops as planning
from server.platform.database import db
from server.platform.held import find
from server.platform.versioned import Versioned
from server.sync.incoming import Applied, Incoming, read_fence, read_fix
from server.sync.moved import unless_moved
from server.sync.rows import customer_fields, deal_fields, line_fields, visit_fields
from server.teams.queries import team_of_rep
from server.tracking import operations as tracking
from server.visits import operations as visits
from server.visits.models import Visit
from shared.custom_fields import PREFIX, check_from_rep
from shared.schemas.limits import InvalidRecordError
from shared.sync.conflicts import Resolution, resolve, with_alike
from shared.vocabulary import PhotoPurpose, StageKind, Verdict, VisitState


class ConflictError(Exception):
    """Somebody else changed it meanwhile, and a person must choose."""

    def __init__(self, *, version: int, theirs: dict[str, Any]) -> None:
        super().__init__(version)
        self.version = version
        self.theirs = theirs


class NotAllowedError(Exception):
    """The record is another rep's, or the field is the office's."""


def create_visit(incoming: Incoming) -> Applied:
    """Begin a visit; its check-in follows in the same group."""
    data, rep_id = incoming.data, incoming.sender.rep_id
    stop_id, merged = data.get("stop_id"), {}
    if stop_id is not None:
        try:
            planning.get_stop(stop_id=stop_id, rep_id=rep_id)
        except planning.UnknownStopError:
            # The office took the stop away meanwhile. The visit happened all the same.
            stop_id, merged = None, {"stop_id": None}
    visit = visits.create_visit(
        visit_id=incoming.change.record_id,
        rep_id=rep_id,
        customer_id=data["customer_id"],
        stop_id=stop_id,
        time_zone=data["time_zone"],
        at=incoming.at,
        notes=data.get("notes", ""),
    )
    return Applied(version=visit.version, merged=merged)


def patch_visit(incoming: Incoming) -> Applied:
    """Change what the rep may say about a visit afterwards, or cancel it."""
    visit = visits.get_visit(visit_id=incoming.change.record_id, rep_id=incoming.sender.rep_id)
    resolution = resolve_patch("visit", visit, incoming, visit_fields(visit))
    visit = visits.patch_visit(
        visit_id=visit.id,
        rep_id=visit.rep_id,
        fields=resolution.apply,
        at=incoming.sender.received_at,
    )
    return Applied(version=visit.version, merged=resolution.merged)


def check_in(incoming: Incoming) -> Applied:
    """Keep the evidence of arriving."""
    presence = _presence(incoming)
    visits.check_in(
        visit_id=incoming.data["visit_id"], rep_id=incoming.sender.rep_id, presence=presence
    )
    return Applied(version=1, flags=dict.fromkeys(visits.flags_of(presence), 1))


def check_out(incoming: Incoming) -> Applied:
    """Keep the evidence of leaving."""
    left_ago_s, presence = incoming.data.get("left_ago_s"), _presence(incoming)
    visits.check_out(
        visit_id=incoming.data["visit_id"],
        rep_id=incoming.sender.rep_id,
        presence=presence,
        left_ago=None if left_ago_s is None else dt.timedelta(seconds=left_ago_s),
    )
    return Applied(version=1, flags=dict.fromkeys(visits.flags_of(presence), 1))


def start_day(incoming: Incoming) -> Applied:
    """Begin a working day."""
    tracking.start_day(
        work_day_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        time_zone=incoming.data["time_zone"],
        at=incoming.at,
        content_sha256=incoming.sha256,
    )
    return Applied(version=1)


def end_day(incoming: Incoming) -> Applied:
    """End a working day."""
    tracking.end_day(
        work_day_id=incoming.data["work_day_id"], rep_id=incoming.sender.rep_id, at=incoming.at
    )
    return Applied(version=1)


def record_consent(incoming: Incoming) -> Applied:
    """Note the rep's yes or no."""
    tracking.record_consent(
        consent_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        given=incoming.data["given"],
        text_version=incoming.data["text_version"],
        at=incoming.at,
        content_sha256=incoming.sha256,
    )
    return Applied(version=1)


def record_track(incoming: Incoming) -> Applied:
    """Keep a piece of the day's track."""
    chunk = tracking.record_track(
        chunk_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        device_id=incoming.sender.device_id,
        time_zone=incoming.data["time_zone"],
        fixes=incoming.data["fixes"],
        received_at=incoming.sender.received_at,
        content_sha256=incoming.sha256,
    )
    return Applied(version=1, flags={code: len(times) for code, times in chunk.flags.items()})


def record_photo(incoming: Incoming) -> Applied:
    """Keep the record of a photo; its bytes follow by themselves."""
    data, anchor = incoming.data, incoming.change.captured.anchor
    photo = photos.record_photo(
        photos.NewPhoto(
            photo_id=incoming.change.record_id,
            visit_id=data.get("visit_id"),
            expense_id=data.get("expense_id"),
            rep_id=incoming.sender.rep_id,
            sha256=data["sha256"],
            size_bytes=data["size_bytes"],
            width_px=data["width_px"],
            height_px=data["height_px"],
            purpose=PhotoPurpose(data["purpose"]),
            clock=incoming.clock,
            time=incoming.time,
            received_at=incoming.sender.received_at,
            anchor_id=anchor.token[:64] if anchor else None,
            device_id=incoming.sender.device_id,
            app_version=data.get("app_version", ""),
            content_sha256=incoming.sha256,
        )
    )
    return Applied(version=photo.version)


def withdraw_photo(incoming: Incoming) -> Applied:
    """Take a photo back before the check-out or the approval, or not after all."""
    photo = photos.withdraw(
        photo_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        withdrawn=incoming.data["withdrawn"],
        at=incoming.at,
        received_at=incoming.sender.received_at,
    )
    return Applied(version=photo.version)


def create_deal(incoming: Incoming) -> Applied:
    """Make a deal; one that begins in a won stage is an order."""
    data = incoming.data
    deal = deals.create_deal(
        deal=deals.NewDeal(
            deal_id=incoming.change.record_id,
            owner_id=incoming.sender.rep_id,
            customer_id=data["customer_id"],
            visit_id=data.get("visit_id"),
            stage_key=data["stage_key"],
            currency=data["currency"],
            amount_minor=data.get("amount_minor", 0),
            lines=_lines(data.get("lines", [])),
            title=data.get("title", ""),
            source=data.get("source", ""),
            note=data.get("note", ""),
            expected_close_on=data.get("expected_close_on"),
            content_sha256=incoming.sha256,
        ),
        at=incoming.at,
        day=incoming.day,
        reporting_currency=incoming.sender.reporting_currency,
    )
    return Applied(version=deal.version)


def patch_deal(incoming: Incoming) -> Applied:
    """Change a deal, unless somebody else changed the same or it is closed."""
    deal = deals.get_deal(incoming.change.record_id)
    if deal.owner_id != incoming.sender.rep_id:
        raise unless_moved(
            "deal", deal.id, rep_id=incoming.sender.rep_id, error=deals.UnknownDealError()
        )
    rows = db.session.scalars(
        select(DealLine).where(DealLine.deal_id == deal.id).order_by(DealLine.position)
    )
    current = deal_fields(deal, [line_fields(line) for line in rows])
    may_change = _is_order_of_open_visit(deal) or _was_closed_by_sender_today(deal, incoming)
    if StageKind(deal.kind).is_closed and not may_change:
        raise ConflictError(version=deal.version, theirs=current)
    comparable = incoming.data | {
        name: incoming.change.data[name]
        for name in ("lines", "expected_close_on")
        if name in incoming.data
    }
    if "lines" in comparable:
        comparable["lines"] = [{"discount_minor": 0, **line} for line in comparable["lines"]]
    resolution = resolve_patch("deal", deal, incoming, current, patch=comparable)
    fields = {
        name: incoming.data[name] if name == "expected_close_on" else value
        for name, value in resolution.apply.items()
    }
    if "lines" in fields:
        fields["lines"] = _lines(incoming.data["lines"])
    deal = deals.change_deal(deal_id=deal.id, fields=fields, at=incoming.at, day=incoming.day)
    return Applied(version=deal.version, merged=resolution.merged)


def create_prospect(incoming: Incoming) -> Applied:
    """Add a customer the rep found."""
    customer = customers.create_prospect(
        customer_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        team_id=team_of_rep(incoming.sender.rep_id, incoming.day),
        day=incoming.day,
        fields=_with_checked_fields(incoming),
        at=incoming.at,
    )
    return Applied(version=customer.version, merged={"code": customer.code})


def patch_customer(incoming: Incoming) -> Applied:
    """Change contact fields and custom ones of reps; the office's are not in the schema."""
    customer = customers.lock_customer(incoming.change.record_id)
    if customer.owner_id != incoming.sender.rep_id:
        raise NotAllowedError
    wanted = _with_checked_fields(incoming)
    current = customer_fields(customer)
    resolution = resolve_patch("customer", customer, incoming, current, patch=wanted)
    customer = customers.change_contact(
        customer_id=customer.id, fields=resolution.apply, at=incoming.sender.received_at
    )
    return Applied(version=customer.version, merged=resolution.merged)


def _with_checked_fields(incoming: Incoming) -> dict[str, Any]:
    """Return the data with its custom fields as they are kept.

    :raises InvalidRecordError: if one is unknown, impossible or the office's
    """
    own = [(name, value) for name, value in incoming.data.items() if name.startswith(PREFIX)]
    return incoming.data | check_from_rep(definitions(), own) if own else incoming.data


def propose_location(incoming: Incoming) -> Applied:
    """Note where the rep says the customer is; a manager decides."""
    customers.propose_location(
        proposal_id=incoming.data["proposal_id"],
        customer_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        latitude=incoming.data["latitude"],
        longitude=incoming.data["longitude"],
        accuracy_m=incoming.data.get("accuracy_m"),
        at=incoming.at,
    )
    return Applied(version=customers.get_customer(incoming.change.record_id).version)


def cancel_stop(incoming: Incoming) -> Applied:
    """Take a stop out of the day's plan."""
    stop = planning.cancel_stop(
        stop_id=incoming.change.record_id,
        rep_id=incoming.sender.rep_id,
        reason=incoming.data["reason"],
        at=incoming.at,
    )
    return Applied(version=stop.version)


def _presence(incoming: Incoming) -> visits.Presence:
    data, anchor = incoming.data, incoming.change.captured.anchor
    fence = read_fence(data["fence"])
    visit = find(Visit, data["visit_id"])
    if fence.customer_id != data["customer_id"] or (
        visit is not None and visit.customer_id != data["customer_id"]
    ):
        raise InvalidRecordError("customer_id", "another_customer")
    return visits.Presence(
        evidence_id=incoming.change.record_id,
        fix=read_fix(data["fix"]),
        fence=fence,
        clock=incoming.clock,
        time=incoming.time,
        received_at=incoming.sender.received_at,
        phone_verdict=Verdict(data["verdict"]),
        anchor_id=anchor.token[:64] if anchor else None,
        device_id=incoming.sender.device_id,
        app_version=data.get("app_version", ""),
        battery_percent=data.get("battery_percent"),
        was_offline=data.get("was_offline", False),
        override_code=data.get("override_code", ""),
        content_sha256=incoming.sha256,
    )


def _was_closed_by_sender_today(deal: Deal, incoming: Incoming) -> bool:
    """Return whether the rep takes back a slip: a close of the same day that nobody else touched.

    An order taken in a visit stands: the customer was told.
    """
    return (
        deal.visit_id is None
        and deal.closed_day == incoming.day
        and not touched_by_others(deal, incoming, ["stage_key"])
    )


def _is_order_of_open_visit(deal: Deal) -> bool:
    """Return whether the rep is still at the customer's, and may yet change the order."""
    visit = db.session.get(Visit, deal.visit_id) if deal.visit_id else None
    return visit is not None and visit.state == VisitState.OPEN


def _lines(lines: list[dict[str, Any]]) -> list[deals.Line]:
    return [deals.Line(**line) for line in lines]


_TEXTS = frozenset({"note", "notes"})
"""Fields of which both sides' words are kept."""


def resolve_patch(
    entity: str,
    record: Versioned,
    incoming: Incoming,
    current: dict[str, Any],
    *,
    patch: dict[str, Any] | None = None,
) -> Resolution:
    """
    Decide what of a patch to apply.

    :raises ConflictError: if a person must choose
    """
    wanted = incoming.data if patch is None else patch
    touched = touched_by_others(record, incoming, with_alike(entity, wanted))
    resolution = resolve(entity, patch=wanted, current=current, touched=with_alike(entity, touched))
    if resolution.conflicts:
        raise ConflictError(version=record.version, theirs=current)
    return resolution


def touched_by_others(record: Versioned, incoming: Incoming, fields: Iterable[str]) -> set[str]:
    """Return the fields that somebody else changed since the version the phone had seen.

    A text that an earlier change of the phone was joined with is somebody else's still: the phone
    did not know of it when it made this one.
    """
    seen = incoming.change.base_version or 0
    return {
        name
        for name in fields
        if record.field_version(name) > seen
        and not any(
            before < record.field_version(name) <= after and not (merged and name in _TEXTS)
            for before, after, merged in incoming.own_versions
        )
    }
