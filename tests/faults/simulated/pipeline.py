"""Deals that the phones of a rep and the office change, and what the rep says to conflicts."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from mobile.services.deal_views import DealFields, DealLine, DealView
from mobile.services.views import Way
from server.deals.models import Deal, Stage
from server.deals.operations import deals
from server.platform.database import db
from server.platform.transaction import transaction
from shared.time import business_day, utc_now
from shared.vocabulary import StageKind
from tests.fakes.company import ZONE
from tests.fakes.handset import Handset
from tests.faults.simulated.world import PHONES, World

WHAT = st.sampled_from(["amount", "lines", "note", "stage"])


class Pipeline(World):
    """Amounts, lines, notes and stages: of the newest deal, so that all mean the same one."""

    @rule(who=PHONES)
    def make_a_deal(self, who: int) -> None:
        phone = self.phones[who]
        found = phone.customers.search("")
        if found:
            customer = found[self.next() % len(found)]
            amount_minor = self.next() * 100
            deal_id = phone.deals.create(customer.id, _fields(amount_minor=amount_minor))
            assert phone.deals.get(deal_id).amount_minor == amount_minor

    @rule(who=PHONES, what=WHAT)
    def work_on_a_deal(self, who: int, what: str) -> None:
        phone, price_minor = self.phones[who], self.next() * 100
        deal = _newest_open(phone)
        if deal is None:
            return
        if what == "stage":
            stage_key = self._another([one.key for one in phone.deals.stages()], deal.stage_key)
            phone.deals.move(deal.id, stage_key, reason="Too dear")
            assert phone.deals.get(deal.id).stage_key == stage_key
            return
        line = DealLine(
            product_id=self.company.soda, product_name="Soda", quantity=1, price_minor=price_minor
        )
        ways: dict[str, dict[str, Any]] = {
            "amount": {"amount_minor": price_minor},
            "lines": {"lines": (line,)},
            "note": {"note": f"{deal.note}<rep {self.next()}>"},
        }
        changed = ways[what]
        phone.deals.change(deal.id, _fields(deal, **changed))
        shown = phone.deals.get(deal.id)
        assert shown.note == changed.get("note", deal.note)
        assert what == "note" or deal.lines or shown.amount_minor == price_minor

    @rule(what=WHAT)
    def write_into_a_deal(self, what: str) -> None:
        """Let the office change what a rep made, also an order."""
        at, price_minor = utc_now(), self.next() * 100
        with self.app.app_context(), transaction():
            deal = db.session.scalars(
                select(Deal).where(Deal.owner_id.in_(self.owners)).order_by(Deal.id.desc()).limit(1)
            ).one_or_none()
            if deal is None:
                return
            line = deals.Line(
                product_id=self.company.soda, quantity=1, unit_price_minor=price_minor
            )
            stages = list(db.session.scalars(select(Stage.key).order_by(Stage.position)))
            ways: dict[str, dict[str, Any]] = {
                "amount": {"amount_minor": price_minor},
                "lines": {"lines": [line]},
                "note": {"note": f"{deal.note}<office {self.next()}>"},
                "stage": {"stage_key": self._another(stages, deal.stage_key)},
            }
            fields = ways[what]
            names = {*fields, "amount_minor"} if "lines" in fields else {*fields}
            with self.writing("deal", deal, *names):
                day = business_day(at, ZONE)
                deals.change_deal(deal_id=deal.id, fields=fields, at=at, day=day)

    @rule(who=PHONES, keeps=st.booleans())
    def say_to_a_conflict(self, who: int, *, keeps: bool) -> None:
        """Let the rep keep the own value, where that can be, or take the office's."""
        sync = self.phones[who].sync
        record = next((one for one in sync.records() if one.ways), None)
        if record is None:
            return
        if keeps and Way.MINE in record.ways:
            sync.keep_mine(record.id)
        else:
            sync.take_theirs(record.id)
        assert not next(one for one in sync.records() if one.id == record.id).ways

    def _another(self, keys: Sequence[str], key: str) -> str:
        others = [one for one in keys if one != key]
        return others[self.next() % len(others)]


def _fields(deal: DealView | None = None, **changed: Any) -> DealFields:
    names = ("title", "source", "amount_minor", "lines", "expected_close_on", "note")
    usual = {"title": "Fridge", "source": "", "lines": (), "expected_close_on": None, "note": ""}
    said = {name: getattr(deal, name) for name in names} if deal else usual
    return DealFields(**{**said, **changed})


def _newest_open(phone: Handset) -> DealView | None:
    found = [
        deal
        for stage in phone.deals.stages()
        if not StageKind(stage.kind).is_closed
        for deal in phone.deals.of_stage(stage.key, limit=100)
    ]
    return max(found, key=lambda deal: deal.id, default=None)
