"""The server is gone for 31 days: the phone works on, says so, keeps everything, and sends it."""

import pytest
from sqlalchemy import func, select

from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import PhoneDescription
from mobile.device.simulated_gps import FixedGps
from mobile.screens.bar.view_model import BarViewModel
from mobile.screens.sync.view_model import SyncViewModel
from mobile.services.deals import DealService
from mobile.services.diagnosis import DiagnosisService
from mobile.storage.export_files import ExportFiles
from mobile.sync.answers import OfflineError
from server.platform.database import db
from server.visits.models import Visit
from shared.geo import Position
from shared.i18n import set_language
from shared.vocabulary import NoSaleReason
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.passing_time import PassingTime

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_DAYS = 31


def shown(phone: Handset, connectivity: SwitchedConnectivity) -> tuple[BarViewModel, SyncViewModel]:
    bar = BarViewModel(
        sync=phone.sync,
        route=phone.tracks,
        gps=FixedGps(Position(*MAJU), now=phone.clock.now),
        connectivity=connectivity,
        clock=phone.clock,
    )
    screen = SyncViewModel(
        sync=phone.sync,
        connectivity=connectivity,
        clock=phone.clock,
        pipeline=DealService(recorder=phone.recorder),
        diagnosis=DiagnosisService(
            recorder=phone.recorder,
            files=ExportFiles(phone.path.with_suffix(".copies")),
            phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
        ),
        background=lambda work, done: done(work()),
    )
    return bar, screen


def test_a_month_without_the_server_loses_nothing_and_is_told(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = PassingTime(monkeypatch, phone)
    connectivity = SwitchedConnectivity()
    bar, screen = shown(phone, connectivity)
    set_language("en")
    phone.network.is_up = False
    visits = []
    tones = {}
    for day in range(_DAYS):
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        month.pass_time(minutes=12)
        phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
        phone.visits.check_out(visit.id, fix=phone.fix(MAJU))
        visits.append(visit.id)
        with pytest.raises(OfflineError):
            phone.synchronize()
        if day % 7 == 6:
            phone.restart()
            bar, screen = shown(phone, connectivity)
        bar.refresh()
        tones[day] = bar.state.sync_tone
        month.pass_time(hours=23, minutes=48)

    bar.refresh()
    screen.refresh()
    assert tones[0] == "info"
    assert {tones[day] for day in range(2, _DAYS)} == {"bad"}, "red after 24 hours"
    assert "The oldest has waited 31 days." in bar.state.sync_hint
    assert "oldest 31 days" in screen.state.title
    assert screen.state.tone == "bad"
    assert "server" in screen.state.detail
    waiting = phone.sync.status().waiting
    assert waiting >= 3 * _DAYS
    connectivity.switch(is_online=False)
    bar.refresh()
    assert bar.state.sync_tone == "bad", "no network for a month is not grey either"

    phone.network.heal()
    connectivity.switch(is_online=True)
    phone.synchronize()
    bar.refresh()
    screen.refresh()

    assert phone.sync.status().waiting == phone.sync.status().needs_you == 0
    assert (bar.state.sync_tone, screen.state.title) == ("good", "All sent")
    with company.app.app_context():
        rows = db.session.execute(
            select(Visit.day, func.count()).group_by(Visit.day).order_by(Visit.day)
        ).all()
        assert set(db.session.scalars(select(Visit.id))) == set(visits)
    assert len(rows) == _DAYS, "each visit on its own day, not on that of its arrival"
