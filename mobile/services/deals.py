"""The rep's pipeline: deals made, changed, moved from stage to stage, won and lost."""

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mobile.services.deal_views import DealFields, DealLine, DealView, StageView
from mobile.services.recorder import NOTHING, Columns, Recorder, ServiceError
from mobile.services.tasks import today_of
from mobile.services.visits import CatalogueMissingError
from mobile.storage import corrections, deals, device, products, records, stages
from shared.schemas.limits import InvalidRecordError
from shared.sync.ids import new_id
from shared.vocabulary import USUAL_LEAD_SOURCES, StageKind

_SOURCES = 8
_NOTHING = (0, 0, 0)


class DealUnknownError(ServiceError):
    """The phone has no deal of that id, or has it no longer."""

    code = "deal_unknown"


class DealClosedError(ServiceError):
    """A won or lost deal stays as it is."""

    code = "deal_closed"


class LostReasonMissingError(ServiceError):
    """A lost deal must say why."""

    code = "lost_reason_missing"


class DealService:
    """The rep's deals."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._database = recorder.database

    def today(self) -> dt.date:
        """Return the rep's day now."""
        return today_of(self._recorder)

    def currency(self) -> str:
        """Return the organisation's currency."""
        return self._recorder.state().currency

    def currencies(self) -> tuple[str, ...]:
        """Return the currencies a deal may be in, the organisation's first."""
        return self._recorder.state().currencies

    def stages(self) -> tuple[StageView, ...]:
        """Return the stages in their order, with how many deals stand there and their value."""
        with self._database.read() as connection:
            loads = deals.by_stage(connection, device.get(connection).currency)
            return tuple(
                StageView(
                    key=row["id"],
                    name=row["name"],
                    kind=StageKind(row["kind"]),
                    count=loads.get(row["id"], _NOTHING)[0],
                    amount_minor=loads.get(row["id"], _NOTHING)[1],
                    waiting=loads.get(row["id"], _NOTHING)[2],
                )
                for row in stages.ordered(connection)
            )

    def of_stage(self, stage_key: str, *, limit: int) -> tuple[DealView, ...]:
        """Return deals of a stage, the one to close first at the top."""
        with self._database.read() as connection:
            needing, currency = records.needing(connection), device.get(connection).currency
            found = deals.of_stage(connection, stage_key, limit=limit)
            return tuple(_view(row, {}, needing, currency) for row in found)

    def get(self, deal_id: str, *, tried: Mapping[str, Any] = NOTHING) -> DealView:
        """
        Return a deal with its lines.

        :param tried: fields as the rep wanted them, which the office refused
        :raises DealUnknownError: if the phone has none of that id
        """
        with self._database.read() as connection:
            names, currency = products.names(connection), device.get(connection).currency
            row = {**dict(_get(connection, deal_id)), **tried}
            if "lines" in tried:
                row["lines"] = json.dumps(tried["lines"])
            is_refused = corrections.draft(connection, "deal", deal_id) is not None
            view = _view(row, names, records.needing(connection), currency)
            return replace(view, is_refused=is_refused)

    def lost_reasons(self) -> list[str]:
        """Return the company's reasons for losing a deal."""
        with self._database.read() as connection:
            return stages.lost_reasons(connection)

    def sources(self) -> list[str]:
        """Return where leads come from in the company's words, else as so far and usually."""
        with self._database.read() as connection:
            so_far = deals.sources(connection, limit=_SOURCES)
            usual = dict.fromkeys([*so_far, *USUAL_LEAD_SOURCES])
            return stages.lead_sources(connection) or list(usual)

    def create(self, customer_id: str, fields: DealFields) -> str:
        """
        Make a deal in the first stage; return its id.

        :raises CatalogueMissingError: before the first sync
        :raises InvalidRecordError: naming the field and the reason
        """
        deal_id = new_id()
        data = _data(fields)
        with self._recorder.action() as action:
            first = next(iter(stages.ordered(action.connection)), None)
            if first is None:
                raise CatalogueMissingError
            if not fields.lines:
                data["amount_minor"] = fields.amount_minor
            made = {
                "customer_id": customer_id,
                "stage_key": first["id"],
                "currency": fields.currency or device.get(action.connection).currency,
                "source": fields.source.strip(),
                "lines": data.pop("lines"),
            }
            action.create("deal", deal_id, {**made, **data})
        return deal_id

    def change(self, deal_id: str, fields: DealFields) -> None:
        """
        Change a deal; only what differs is recorded, of one that was refused all of it.

        :raises DealUnknownError: if the phone has none of that id
        :raises DealClosedError: if it is won or lost
        :raises InvalidRecordError: naming the field and the reason
        """
        wanted = _data(fields)
        with self._recorder.action() as action:
            is_refused = action.is_refused("deal", deal_id)
            row = (_get if is_refused else _get_open)(action.connection, deal_id)
            before = {name: row[name] for name in ("title", "expected_close_on", "note")}
            before["lines"] = [{"discount_minor": 0, **line} for line in json.loads(row["lines"])]
            if not fields.lines:
                before["amount_minor"] = row["amount_minor"]
                wanted["amount_minor"] = fields.amount_minor
            changed = {name: value for name, value in wanted.items() if before[name] != value}
            if is_refused:
                changed |= _anew(action.connection, row, fields)
            if changed:
                action.patch("deal", deal_id, changed)

    def move(self, deal_id: str, stage_key: str, *, reason: str = "") -> None:
        """
        Move a deal to another stage; also back out of one, on the day it was closed.

        :raises DealUnknownError: if the phone has none of that id
        :raises LostReasonMissingError: if it is lost or disqualified without a reason
        """
        with self._recorder.action() as action:
            row = _get(action.connection, deal_id)
            kinds = {one["id"]: one["kind"] for one in stages.ordered(action.connection)}
            is_given_up = kinds.get(stage_key) in (StageKind.LOST, StageKind.DISQUALIFIED)
            if is_given_up and not reason.strip():
                raise LostReasonMissingError
            changed = {"stage_key": stage_key, "lost_reason": reason.strip()}
            if row["stage_key"] != stage_key:
                action.patch("deal", deal_id, changed)


def _anew(connection: sqlite3.Connection, row: sqlite3.Row, fields: DealFields) -> dict[str, Any]:
    """Return what may still be chosen of a deal that the office refused to make."""
    known = stages.ordered(connection)
    stage_key = row["stage_key"]
    if stage_key not in [one["id"] for one in known]:
        is_order = row["visit_id"] is not None
        fit = (one["id"] for one in known if not is_order or one["kind"] == StageKind.WON)
        stage_key = next(fit, stage_key)
    return {"currency": fields.currency or row["currency"], "stage_key": stage_key}


def _data(fields: DealFields) -> dict[str, Any]:
    """
    Return the fields as they travel.

    :raises InvalidRecordError: if a discount is larger than its line
    """
    for number, line in enumerate(fields.lines):
        if line.quantity > 0 and line.price_minor >= 0 and line.total_minor < 0:
            raise InvalidRecordError(f"lines.{number}.discount_minor", "larger_than_line")
    return {
        "title": fields.title.strip(),
        "expected_close_on": (
            fields.expected_close_on.isoformat() if fields.expected_close_on else None
        ),
        "note": fields.note.strip(),
        "lines": [
            {
                "product_id": line.product_id,
                "quantity": line.quantity,
                "unit_price_minor": line.price_minor,
                "discount_minor": line.discount_minor,
            }
            for line in fields.lines
        ],
    }


def _get(connection: sqlite3.Connection, deal_id: str) -> sqlite3.Row:
    row = deals.find(connection, deal_id)
    if row is None:
        raise DealUnknownError(deal_id)
    return row


def _get_open(connection: sqlite3.Connection, deal_id: str) -> sqlite3.Row:
    row = _get(connection, deal_id)
    kinds = {one["id"]: StageKind(one["kind"]) for one in stages.ordered(connection)}
    kind = kinds.get(row["stage_key"])
    if kind is not None and kind.is_closed:
        raise DealClosedError(deal_id)
    return row


def _view(
    row: Columns, names: dict[str, str], needing: frozenset[str], own_currency: str
) -> DealView:
    close_on = row["expected_close_on"]
    return DealView(
        id=row["id"],
        customer_id=row["customer_id"],
        customer_name=row["customer_name"] or "",
        title=row["title"],
        source=row["source"],
        stage_key=row["stage_key"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        worth_minor=row["amount_minor" if row["currency"] == own_currency else "base_amount_minor"],
        lines=tuple(
            DealLine(
                product_id=line["product_id"],
                product_name=names.get(line["product_id"], "?"),
                quantity=line["quantity"],
                price_minor=line["unit_price_minor"],
                discount_minor=line.get("discount_minor", 0),
            )
            for line in json.loads(row["lines"])
        ),
        expected_close_on=dt.date.fromisoformat(close_on) if close_on else None,
        lost_reason=row["lost_reason"],
        note=row["note"],
        is_order=row["visit_id"] is not None,
        needs_you=row["id"] in needing,
    )
