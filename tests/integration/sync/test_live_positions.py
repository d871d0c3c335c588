"""A phone tells where it is while online: in the working day, with consent, and never again."""

import datetime as dt

from sqlalchemy import select

from mobile.device.connectivity import SwitchedConnectivity
from mobile.sync.live import LivePositions
from server.live.models import LastPosition
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import ChangeLog
from server.sync.verification import broken_chains, forget_lines_of_tracks
from shared.time import utc_now
from tests.fakes.company import JAYA, MAJU, Company
from tests.fakes.handset import Handset


class FullBattery:
    def percent(self) -> int | None:
        return 88


def live(phone: Handset) -> LivePositions:
    return LivePositions(
        database=phone.database,
        api=phone.api,
        connectivity=SwitchedConnectivity(),
        battery=FullBattery(),
        read_clock=phone.recorder.read_clock,
    )


def last(company: Company) -> LastPosition | None:
    with company.app.app_context():
        return db.session.get(LastPosition, company.sari)


def test_the_office_sees_the_phone_while_the_day_runs(phone: Handset, company: Company) -> None:
    positions = live(phone)
    assert not positions.send(phone.fix(MAJU))
    phone.day.start_day()
    phone.synchronize()

    assert positions.send(phone.fix(MAJU))
    seen = last(company)
    assert seen is not None
    assert (seen.latitude, seen.battery_percent, seen.source) == (MAJU[0], 88, "live")

    phone.day.end_day()
    assert not positions.send(phone.fix(JAYA))
    assert last(company) is not None


def test_without_consent_nothing_leaves_the_phone(phone: Handset, company: Company) -> None:
    phone.day.start_day()
    phone.day.consent(given=False)
    phone.synchronize()

    assert not live(phone).send(phone.fix(MAJU))
    assert last(company) is None


def test_a_day_the_server_does_not_know_yet_is_tried_again_later(
    phone: Handset, company: Company
) -> None:
    phone.day.start_day()
    positions = live(phone)

    assert not positions.send(phone.fix(MAJU))

    phone.synchronize()
    assert positions.send(phone.fix(MAJU))
    assert last(company) is not None


def test_a_chain_holds_when_the_positions_in_it_were_deleted(
    phone: Handset, company: Company
) -> None:
    phone.day.start_day()
    phone.tracks.record(phone.fix(MAJU))
    phone.day.end_day()
    phone.synchronize()

    with company.app.app_context():
        with transaction():
            assert forget_lines_of_tracks(before=utc_now() + dt.timedelta(days=1)) == 1
        assert broken_chains() == []
        with transaction():
            track = db.session.scalars(select(ChangeLog).where(ChangeLog.entity == "track")).one()
            track.head = bytes(32)
        assert broken_chains() == [(track.device_id, track.sequence + 1)]
