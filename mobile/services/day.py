"""The rep's working day: start and end, consent to tracking, and today's calls."""

import datetime as dt
import sqlite3
from typing import TYPE_CHECKING, Any

from mobile.services.customers import amounts_of, customer_view, missing_customer_view
from mobile.services.evidence import fix_data
from mobile.services.recorder import Recorder, ServiceError
from mobile.services.tracks import flush_track
from mobile.services.views import Amount, CustomerView, DayView, StopProgress, StopView
from mobile.storage import customers, days, deals, device, stops, visits
from mobile.storage.device import DeviceState
from shared.checkin.evidence import Fix
from shared.sync.ids import new_id
from shared.time import business_day
from shared.vocabulary import StopState, VisitState

if TYPE_CHECKING:
    from mobile.storage.outbox import Action

CONSENT_TEXT_VERSION = "1"
"""Raised with every change of what the rep is told before saying yes."""


class DayStartedError(ServiceError):
    """The day was started before."""

    code = "day_started"


class DayNotStartedError(ServiceError):
    """There is no day to end."""

    code = "day_not_started"


class VisitStillOpenError(ServiceError):
    """The rep is in a visit; it is checked out of first."""

    code = "visit_open"


class DayService:
    """What the rep does with the day."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._database = recorder.database

    def today(self) -> DayView:
        """Return the day as it stands on this phone."""
        reading = self._recorder.read_clock()
        with self._database.read() as connection:
            state = device.get(connection)
            day = business_day(state.true_time(reading), state.time_zone)
            return _view(connection, state, day)

    def start_day(self, *, fix: Fix | None = None) -> None:
        """
        Begin the day. The rep has been told what is recorded, and agrees by starting.

        Who has taken the consent back is not asked again: the day starts without the route.

        :raises DayStartedError: if it was started before
        """
        with self._recorder.action(grouped=True) as action:
            state = device.get(action.connection)
            day = business_day(device.from_ms(action.at_ms), state.time_zone)
            if days.find(action.connection, day) is not None:
                raise DayStartedError
            for forgotten in days.unended_before(action.connection, day):
                self._end(action, forgotten["id"], fix=None)
            if days.consent(action.connection) is None:
                self._keep_consent(action, given=True)
            record_id = new_id()
            start = {"time_zone": state.time_zone, "fix": fix_data(fix)}
            action.create("start_day", record_id, start)
            days.start(action.connection, record_id=record_id, day=day, at_ms=action.at_ms)

    def end_day(self, *, fix: Fix | None = None) -> None:
        """
        End the day; nothing is recorded after it.

        :raises DayNotStartedError: if there is none to end
        :raises VisitStillOpenError: if the rep is in a visit
        """
        with self._recorder.action() as action:
            day = business_day(
                device.from_ms(action.at_ms), device.get(action.connection).time_zone
            )
            running = days.find(action.connection, day) or days.find_running(action.connection)
            if running is None or running["ended_at_ms"] is not None:
                raise DayNotStartedError
            if visits.find_open(action.connection) is not None:
                raise VisitStillOpenError
            self._end(action, running["id"], fix=fix)

    def consent(self, *, given: bool) -> None:
        """
        Keep the rep's yes or no to being tracked; a no ends the tracking at once.

        What was recorded before, with consent, is sent.
        """
        with self._recorder.action() as action:
            flush_track(action)
            self._keep_consent(action, given=given)

    def cancel_stop(self, stop_id: str, reason: str) -> None:
        """
        Take a stop off today's plan.

        :raises shared.schemas.record.InvalidRecordError: without a reason
        """
        with self._recorder.action() as action:
            action.command("stop.cancel", stop_id, {"reason": reason.strip()})

    @staticmethod
    def _end(action: "Action", work_day_id: str, *, fix: Fix | None) -> None:
        flush_track(action)
        action.create("end_day", new_id(), {"work_day_id": work_day_id, "fix": fix_data(fix)})
        days.end(action.connection, record_id=work_day_id, at_ms=action.at_ms)

    @staticmethod
    def _keep_consent(action: "Action", *, given: bool) -> None:
        record_id = new_id()
        consent = {"given": given, "text_version": CONSENT_TEXT_VERSION}
        action.create("consent", record_id, consent)
        days.keep_consent(action.connection, record_id=record_id, given=given, at_ms=action.at_ms)


def _view(connection: sqlite3.Connection, state: DeviceState, day: dt.date) -> DayView:
    work_day = days.find(connection, day)
    todays_visits = visits.of_day(connection, day)
    amounts = deals.amounts_by_visit(connection, [visit["id"] for visit in todays_visits])
    worth = deals.worth_of_visits(
        connection, [visit["id"] for visit in todays_visits], currency=state.currency
    )
    by_stop = {visit["stop_id"]: visit for visit in todays_visits if visit["stop_id"]}
    planned = stops.of_day(connection, day)

    def customer(customer_id: str) -> CustomerView:
        row = customers.get(connection, customer_id)
        if row is None:
            return missing_customer_view(customer_id, radius_m=state.radius_m)
        return customer_view(row, radius_m=state.radius_m)

    calls = [
        StopView(
            stop_id=stop["id"],
            sequence=stop["sequence"],
            customer=customer(stop["customer_id"]),
            progress=_progress(stop, by_stop.get(stop["id"])),
            **_visit_facts(by_stop.get(stop["id"]), amounts),
        )
        for stop in planned
    ]
    planned_ids = {stop["id"] for stop in planned}
    unplanned = [visit for visit in todays_visits if visit["stop_id"] not in planned_ids]
    calls += [
        StopView(
            stop_id=None,
            sequence=len(planned) + number,
            customer=customer(visit["customer_id"]),
            progress=_progress(None, visit),
            **_visit_facts(visit, amounts),
        )
        for number, visit in enumerate(unplanned, start=1)
    ]
    return DayView(
        day=day,
        rep_name=state.rep_name,
        started_at=_instant(work_day, "started_at_ms"),
        ended_at=_instant(work_day, "ended_at_ms"),
        consent=days.consent(connection),
        stops=tuple(calls),
        calls_planned=sum(stop["state"] != StopState.CANCELLED for stop in planned),
        calls_done=sum(visit["state"] == VisitState.COMPLETED for visit in todays_visits),
        effective_calls=len(amounts),
        amount_minor=worth.pop(state.currency, 0),
        currency=state.currency,
        others=tuple(Amount(minor, currency) for currency, minor in worth.items() if minor),
    )


def _progress(stop: sqlite3.Row | None, visit: sqlite3.Row | None) -> StopProgress:
    if visit is not None:
        is_open = visit["state"] == VisitState.OPEN
        return StopProgress.IN_VISIT if is_open else StopProgress.DONE
    if stop is not None and stop["state"] == StopState.CANCELLED:
        return StopProgress.CANCELLED
    return StopProgress.PLANNED


def _visit_facts(visit: sqlite3.Row | None, amounts: dict[str, dict[str, int]]) -> dict[str, Any]:
    if visit is None:
        return {}
    return {
        "visit_id": visit["id"],
        "verdict": visit["verdict"],
        "amounts": amounts_of(visit["id"], amounts),
        "no_sale_reason": visit["no_sale_reason"],
    }


def _instant(row: sqlite3.Row | None, column: str) -> dt.datetime | None:
    if row is None or row[column] is None:
        return None
    return device.from_ms(row[column])
