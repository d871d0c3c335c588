"""Exchange rates for programs: managers read them, administrators write them."""

import datetime as dt
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.currencies import queries
from server.currencies.operations import conversions
from server.currencies.operations import rates as operations
from server.currencies.operations.conversions import Done
from server.currencies.operations.freezing import RateUse, ask_use
from server.currencies.operations.rates import RateEntry
from server.currencies.queries import ConversionRow, RateFilter, RateRow
from server.currencies.schemas import (
    ConversionRowSchema,
    ConversionSchema,
    ConvertedSchema,
    EnteredRateSchema,
    RateCorrectionSchema,
    RateEntrySchema,
    RatePageSchema,
    RateQuerySchema,
    RateRowSchema,
    RateUseSchema,
    UndoneSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.paging import Page
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "currencies",
    __name__,
    url_prefix="/api/v1/exchange-rates",
    description="What other currencies are worth in the one the company reports in.",
)
READERS = (Role.MANAGER, Role.ADMIN)


@blueprint.get("")
@signed_in(*READERS)
@blueprint.arguments(RateQuerySchema, location="query")
@blueprint.response(200, RatePageSchema)
def list_rates(query: dict[str, Any]) -> Page[RateRow]:
    """Return a page of the rates, the latest day first."""
    where = RateFilter(
        period=Period(query["start"], query["end"]) if "start" in query else None,
        currency=query.get("currency"),
    )
    return queries.list_rates(
        access=current_access(), where=where, page=query["page"], size=query["size"]
    )


@blueprint.get("/<uuid:rate_id>")
@signed_in(*READERS)
@blueprint.response(200, RateRowSchema)
def get_rate(rate_id: UUID) -> RateRow:
    """Return one rate."""
    return queries.get_rate(access=current_access(), rate_id=str(rate_id))


@blueprint.post("")
@signed_in(Role.ADMIN)
@blueprint.arguments(RateEntrySchema)
@blueprint.response(201, EnteredRateSchema)
def enter_rate(body: dict[str, Any]) -> dict[str, Any]:
    """Enter the rate of a day; amounts of its days that waited for it get it at once."""
    access = current_access()
    with transaction():
        rate_id, amounts = operations.enter_rate(
            entry=RateEntry(**body),
            reporting_currency=reporting().currency,
            at=utc_now(),
            today=business_today(),
            by=access.user_id,
        )
    row = queries.get_rate(access=access, rate_id=rate_id)
    return asdict(row) | {"rate_text": row.rate_text, "amounts": amounts}


@blueprint.put("/<uuid:rate_id>")
@signed_in(Role.ADMIN)
@blueprint.arguments(RateCorrectionSchema)
@blueprint.response(200, RateRowSchema)
def correct_rate(body: dict[str, Any], rate_id: UUID) -> RateRow:
    """Correct a rate, if nobody changed it since the version that was read. Amounts stay."""
    access, version = current_access(), body.pop("version")
    with transaction():
        row = queries.get_rate(access=access, rate_id=str(rate_id))
        operations.correct_rate(
            rate_id=row.id,
            entry=RateEntry(currency=row.currency, day=row.day, **body),
            version=version,
            reporting_currency=reporting().currency,
            at=utc_now(),
            by=access.user_id,
        )
    return queries.get_rate(access=access, rate_id=str(rate_id))


@blueprint.delete("/<uuid:rate_id>")
@signed_in(Role.ADMIN)
@blueprint.response(204)
def delete_rate(rate_id: UUID) -> None:
    """Take a rate out. Amounts that were put into the reporting currency at it stay."""
    with transaction():
        operations.delete_rate(rate_id=str(rate_id), at=utc_now(), by=current_access().user_id)


@blueprint.post("/<uuid:rate_id>/restoration")
@signed_in(Role.ADMIN)
@blueprint.response(200, RateRowSchema)
def restore_rate(rate_id: UUID) -> RateRow:
    """Bring a deleted rate back."""
    access = current_access()
    with transaction():
        operations.restore_rate(rate_id=str(rate_id), at=utc_now(), by=access.user_id)
    return queries.get_rate(access=access, rate_id=str(rate_id))


@blueprint.post("/<uuid:rate_id>/conversion")
@signed_in(Role.ADMIN)
@blueprint.response(200, ConvertedSchema)
def convert_again(rate_id: UUID) -> Done:
    """Put amounts that stand at this rate into the reporting currency anew; their days reopen.

    The order after a rate was corrected or deleted; without it numbers told before do not move.
    """
    with transaction():
        return conversions.convert_again(
            rate_id=str(rate_id), at=utc_now(), by=current_access().user_id
        )


@blueprint.get("/<uuid:rate_id>/amounts")
@signed_in(*READERS)
@blueprint.response(200, RateUseSchema(many=True))
def use_of_rate(rate_id: UUID) -> list[RateUse]:
    """Return how many amounts stand at a rate, and what a conversion would move."""
    row = queries.get_rate(access=current_access(), rate_id=str(rate_id))
    return ask_use(row.currency, row.day, at=utc_now())


@blueprint.get("/conversions")
@signed_in(Role.ADMIN)
@blueprint.response(200, ConversionRowSchema(many=True))
def list_conversions() -> list[ConversionRow]:
    """Return the latest orders to convert amounts again, the newest first."""
    return queries.list_conversions(access=current_access())


@blueprint.post("/conversions/<uuid:conversion_id>/undo")
@signed_in(Role.ADMIN)
@blueprint.response(200, UndoneSchema)
def undo_conversion(conversion_id: UUID) -> dict[str, int]:
    """Put amounts back where they stood before an order, but those that got another rate since."""
    with transaction():
        _, amounts = conversions.undo_conversion(
            conversion_id=str(conversion_id), at=utc_now(), by=current_access().user_id
        )
    return {"amounts": amounts}


@blueprint.post("/conversion")
@signed_in(Role.ADMIN)
@blueprint.arguments(ConversionSchema)
@blueprint.response(200, ConvertedSchema)
def convert_period(body: dict[str, Any]) -> Done:
    """Put amounts of a period into the reporting currency anew, at the rates as they are now.

    The order after several rates were corrected, for instance by a file.
    """
    with transaction():
        return conversions.convert_period(
            first=body["start"],
            last=body["end"] - dt.timedelta(days=1),
            currency=body["currency"],
            reporting_currency=reporting().currency,
            at=utc_now(),
            today=business_today(),
            by=current_access().user_id,
        )
