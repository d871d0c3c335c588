"""The demo company on paper: everybody and everything in it, worked out from a seed alone."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from server.demo.catalogue import Item, list_items
from server.demo.chance import Chance
from server.demo.people import Rep, hire_reps
from server.demo.territory import Outlet, settle_outlets

PLANNED_AHEAD_DAYS = 14
_HOME = "IDR"


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the company is, and how far back it reaches."""

    reps: int = 12
    customers: int = 600
    visit_days: int = 90
    deal_days: int = 400


@dataclass(frozen=True, kw_only=True)
class Company:
    """A company and its first day in Tapak. The same values make the same company."""

    seed: int
    founded_on: dt.date
    size: Size
    zone: str
    currency: str
    fence_radius_m: int

    @property
    def opened_at(self) -> dt.datetime:
        """When people, products and the founding customers were entered."""
        day = self.founded_on - dt.timedelta(days=self.size.deal_days + 30)
        return dt.datetime.combine(day, dt.time(2), dt.UTC)

    @property
    def deals_from(self) -> dt.date:
        """Return the first day with deals."""
        return self.founded_on - dt.timedelta(days=self.size.deal_days)

    @property
    def visits_from(self) -> dt.date:
        """Return the first day with visits; before, orders were written elsewhere."""
        return self.founded_on - dt.timedelta(days=self.size.visit_days)

    @property
    def sells_abroad(self) -> bool:
        """Return whether some customers order in other currencies; from Indonesia alone."""
        return self.currency == _HOME

    @cached_property
    def reps(self) -> list[Rep]:
        """Everybody who sells."""
        return hire_reps(seed=self.seed, count=self.size.reps, at=self.opened_at)

    @cached_property
    def items(self) -> list[Item]:
        """Everything that is sold."""
        return list_items(
            seed=self.seed, at=self.opened_at, currency=self.currency, abroad=self.sells_abroad
        )

    @cached_property
    def outlets(self) -> list[Outlet]:
        """Everybody who buys."""
        return settle_outlets(
            seed=self.seed,
            reps=self.reps,
            count=self.size.customers,
            items=self.items,
            founded_on=self.founded_on,
            deal_days=self.size.deal_days,
            at=self.opened_at,
            abroad=self.sells_abroad,
        )

    @cached_property
    def _outlets_of(self) -> dict[str, list[Outlet]]:
        by_rep: dict[str, list[Outlet]] = {rep.id: [] for rep in self.reps}
        for outlet in self.outlets:
            by_rep[outlet.rep.id].append(outlet)
        return by_rep

    def outlets_of(self, rep: Rep) -> Sequence[Outlet]:
        """Return the territory of a rep."""
        return self._outlets_of[rep.id]

    def chance(self, *name: object) -> Chance:
        """Return the source of chance for one part of the company."""
        return Chance.of(self.seed, *name)

    def at(self, day: dt.date, minute: float) -> dt.datetime:
        """Return the instant so many minutes after midnight, to the second."""
        midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(self.zone))
        return (midnight + dt.timedelta(seconds=round(minute * 60))).astimezone(dt.UTC)
