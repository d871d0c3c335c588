"""Alerts: each rule speaks once, is over by itself, and is heard by those it concerns."""

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from server.alerts.models import Alert, AlertRule
from server.alerts.operations import alerts
from server.alerts.operations.rules import Moment
from server.deals.models import Deal, StageChange
from server.fences.models import FenceOverride
from server.identity.models import Device
from server.metrics.models import Target, WorkingTime
from server.planning.models import JourneyStop
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.signals.models import Signal
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from shared.signals import Rule
from shared.sync.ids import new_id
from shared.vocabulary import StageKind
from tests.factories.company import FOUNDED_AT, Company, sign_in
from tests.factories.visits import MONDAY_9, record_visit
from tests.support.forms import form_to

DAY = dt.date(2026, 3, 16)
NINE = dt.datetime(2026, 3, 16, 2, 0, tzinfo=dt.UTC)
"""09:00 in Jakarta, a Monday."""
HOUR = dt.timedelta(hours=1)
EVERYTHING = sorted(AlertRule)


def look(at: dt.datetime) -> int:
    with transaction():
        return alerts.raise_alerts(moment=Moment(at=at, today=DAY))


def waiting() -> dict[str, str]:
    """Return rule and rep of the alerts that are not over."""
    rows = db.session.execute(
        select(Alert.rule, Alert.rep_id).where(Alert.cleared_at.is_(None)).order_by(Alert.rule)
    )
    return {row.rule: row.rep_id for row in rows}


def add_device(user_id: str, synced_at: dt.datetime) -> str:
    device_id = new_id()
    db.session.add(
        Device(
            id=device_id,
            user_id=user_id,
            mac_key=b"k" * 32,
            head=bytes(32),
            access_hash=device_id.encode(),
            refresh_hash=device_id.encode(),
            access_expires_at=NINE,
            refresh_expires_at=NINE,
            enrolled_at=FOUNDED_AT,
            last_synced_at=synced_at,
        )
    )
    return device_id


def trouble(company: Company) -> None:
    """Let Sari's Monday at eleven go wrong in all ways there is a rule for."""
    visit_id = record_visit(rep_id=company.sari, customer_id=company.shop, at=MONDAY_9)
    versions = {"created_at": FOUNDED_AT, "updated_at": FOUNDED_AT}
    stop = {"rep_id": company.sari, "customer_id": company.shop, "day": DAY, "sequence": 1}
    db.session.add(JourneyStop(id=new_id(), **stop, **versions))
    device_id = add_device(company.sari, NINE - 30 * HOUR)
    db.session.add(
        Target(
            id=new_id(),
            metric_key="revenue",
            month=DAY.replace(day=1),
            rep_id=company.sari,
            amount=100_000_000_00,
        )
    )
    deal_id = new_id()
    db.session.add(
        Deal(
            id=deal_id,
            customer_id=company.shop,
            owner_id=company.sari,
            stage_key="lead",
            kind=StageKind.LEAD,
            currency="IDR",
            **versions,
        )
    )
    db.session.flush()
    db.session.add(
        StageChange(
            id=new_id(),
            deal_id=deal_id,
            to_stage="lead",
            at=FOUNDED_AT,
            day=FOUNDED_AT.date(),
            rep_id=company.sari,
        )
    )
    db.session.add(
        Signal(
            id=new_id(),
            key="a",
            rule=Rule.TOO_SHORT,
            rep_id=company.sari,
            day=DAY,
            inputs={},
            raised_at=NINE - 50 * HOUR,
        )
    )
    db.session.add(
        FenceOverride(
            id=new_id(),
            device_id=device_id,
            rep_id=company.sari,
            customer_id=company.shop,
            day=DAY,
            number=1,
            reason="Fence is wrong",
            issued_by=company.budi,
            issued_at=NINE,
            used_at=NINE,
            visit_id=visit_id,
        )
    )
    # Joko is at work and in touch, and records nothing.
    add_device(company.joko, NINE + HOUR)
    day = {"rep_id": company.joko, "day": DAY, "started_at": NINE - 2 * HOUR}
    db.session.add(WorkDay(id=new_id(), **day))
    db.session.add(
        TrackingConsent(
            id=new_id(), rep_id=company.joko, given=True, decided_at=FOUNDED_AT, text_version="1"
        )
    )


@pytest.fixture
def troubled(app: Flask, company: Company) -> Company:
    with app.app_context(), transaction():
        trouble(company)
    return company


def test_every_rule_speaks_once_and_of_nobody_else(app: Flask, troubled: Company) -> None:
    with app.app_context():
        look(NINE)
        assert set(EVERYTHING) - set(waiting()) == {"late_start"}
        first = look(NINE + HOUR)
        again = look(NINE + HOUR + dt.timedelta(minutes=1))

        assert (first, again) == (1, 0)
        assert sorted(waiting()) == EVERYTHING
        assert waiting().pop("tracking_off") == troubled.joko
        assert {rep for rule, rep in waiting().items() if rule != "tracking_off"} == {troubled.sari}


def test_who_has_no_working_time_is_not_behind_the_target(app: Flask, troubled: Company) -> None:
    with app.app_context():
        start_on = DAY.replace(day=1)
        db.session.add(WorkingTime(rep_id=troubled.sari, start_on=start_on, percent=0))
        db.session.commit()
        look(NINE + HOUR)
        assert AlertRule.TARGET_BEHIND not in waiting()


def test_what_is_no_longer_so_is_over_and_what_comes_back_is_the_same_alert(
    app: Flask, troubled: Company
) -> None:
    with app.app_context():
        look(NINE + HOUR)
        with transaction():
            record_visit(rep_id=troubled.sari, customer_id=troubled.shop, at=NINE + HOUR)
            db.session.execute(update(Device).values(last_synced_at=NINE + HOUR))
            db.session.add(
                TrackChunk(
                    id=new_id(),
                    rep_id=troubled.joko,
                    day=DAY,
                    started_at=NINE,
                    ended_at=NINE + HOUR,
                    fixes=[],
                    received_at=NINE + HOUR,
                )
            )
        look(NINE + HOUR)
        assert set(EVERYTHING) - set(waiting()) == {"late_start", "not_synced", "tracking_off"}
        with transaction():
            db.session.execute(update(TrackChunk).values(ended_at=NINE - 3 * HOUR))
        assert look(NINE + HOUR) == 0
        assert "tracking_off" in waiting()


class Reader:
    """Somebody's browser."""

    def __init__(self, app: Flask, name: str) -> None:
        self.client: FlaskClient = sign_in(app.test_client(), name)

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)

    def send(self, path: str, **fields: Any) -> tuple[int, str]:
        token = re.findall(r'name="csrf_token" value="([^"]+)"', self.page("/alerts"))[0]
        answer = self.client.post(path, data=fields | {"csrf_token": token}, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    def choose(self, **changes: str) -> tuple[int, str]:
        base = form_to(self.page("/alerts/rules"), "")["base"]
        return self.send("/alerts/rules", **rules_form(**changes), base=base)

    def bell(self) -> int:
        return int([*re.findall(r'class="bell-count"[^>]*>(\d+)<', self.page("/alerts")), "0"][0])


def test_a_manager_hears_of_own_teams_opens_the_rows_and_takes_care(
    app: Flask, troubled: Company
) -> None:
    with app.app_context():
        look(NINE + HOUR)
    budi, dewi, admin = (Reader(app, name) for name in ("budi", "dewi", "admin"))
    assert (budi.bell(), dewi.bell(), admin.bell()) == (7, 0, 7)
    page = budi.page("/alerts")
    for sentence in (
        "1 visit planned, none begun by 10:00.",
        "per cent below the pace of the month",
        "1 open deal has not moved for 30 days.",
        "1 signal has waited for more than 48 hours.",
        "At work, but no position for 120 min.",
        "A check-in outside the fence used a code.",
    ):
        assert sentence in page
    links = re.findall(r'class="row-link" href="([^"]+)"', page)
    assert {budi.client.get(link.replace("&amp;", "&")).status_code for link in links} <= {200, 404}
    assert len(links) == 7
    files = [reader.page("/alerts.csv").splitlines() for reader in (budi, dewi, admin)]
    assert [len(lines) - 1 for lines in files] == [7, 0, 7]
    assert any("1 visit planned, none begun by 10:00." in line for line in files[0])
    path = re.findall(r'action="(/alerts/[^"]+/acknowledge)"', page)[0]

    assert dewi.send(path)[0] == 404
    _, page = budi.send(path)
    assert "others see that you take care of it" in page
    assert (budi.bell(), admin.bell()) == (6, 6)
    assert "Budi, " in admin.page("/alerts?state=done")
    _, page = admin.send(path)
    assert "Somebody else has taken this on meanwhile" in page
    assert "Undo" not in page
    _, page = admin.send(path, acknowledged="")
    assert "in the meantime" in page
    assert "Budi, " in admin.page("/alerts?state=done")
    budi.send(path, acknowledged="")
    assert budi.bell() == 7


def rules_form(**changes: str) -> dict[str, str]:
    form = {f"{kind}-{rule}": "yes" for rule in AlertRule for kind in ("on", "seen")}
    form |= {f"base-{rule}": "0" for rule in AlertRule}
    for rule, bounds in alerts.BOUNDS.items():
        form[f"threshold-{rule}"] = "10:00" if bounds.unit == "clock" else str(bounds.default)
    return {name: value for name, value in (form | changes).items() if value}


def test_each_chooses_what_to_hear_and_the_administrator_what_is_on(
    app: Flask, troubled: Company
) -> None:
    budi, admin = Reader(app, "budi"), Reader(app, "admin")
    with app.app_context():
        look(NINE + HOUR)
    quiet = {"seen-late_start": "", "on-not_synced": "", "threshold-deals_stuck": "1"}
    assert budi.choose(**quiet)[0] == 200
    assert (budi.bell(), admin.bell()) == (6, 7)

    # Numbers and switches of the company are an administrator's alone.
    changes = {"on-not_synced": "", "threshold-late_start": "11:30"}
    assert admin.choose(**changes)[0] == 200
    with app.app_context():
        look(NINE + HOUR)
        assert set(EVERYTHING) - set(waiting()) == {"late_start", "not_synced"}
        actions = db.session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id))
        assert sorted(actions) == ["late_start", "not_synced"]
    stale = {"threshold-late_start": "08:00"}
    status, page = admin.choose(**stale)
    assert (status, 'value="08:00"' in page) == (409, True)
    for wrong in ("", "25:99", "-1", "9" * 30, "<b>"):
        status, page = admin.choose(**{"threshold-late_start": wrong or " "})
        assert status == 422
        assert "From 05:00 to 20:00." in page


def test_reps_and_strangers_have_no_alerts(app: Flask, troubled: Company) -> None:
    sari = sign_in(app.test_client(), "sari")
    assert 'class="bell"' not in sari.get("/").get_data(as_text=True)
    for path in ("/alerts", "/alerts.csv", "/alerts/rules"):
        assert sari.get(path).status_code == 403
        assert app.test_client().get(path).status_code == 302
    for query in ("state=x&rule=%00&page=-1", "rule=late_start&state=all"):
        assert Reader(app, "admin").client.get(f"/alerts?{query}").status_code == 200
