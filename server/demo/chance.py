"""Repeatable chance: every part of the demo company draws from a source named after itself."""

import datetime as dt
import math
import random


class Chance(random.Random):
    """A seeded source. What one day draws never depends on what another day drew.

    That is what lets the company grow day by day and still come out as if filled at once.
    """

    @classmethod
    def of(cls, *name: object) -> "Chance":
        """Return the source with this name; the same name gives the same draws."""
        return cls("/".join(map(str, name)))

    def record_id(self, at: dt.datetime) -> str:
        """Return an id of the shape phones make (UUIDv7), of this moment."""
        value = int(at.timestamp() * 1000) << 80 | 7 << 76 | self.getrandbits(12) << 64
        text = f"{value | 2 << 62 | self.getrandbits(62):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def happens(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.random() < probability

    def about(self, value: float, *, spread: float = 0.25) -> float:
        """Return a positive number near the value; `spread` is the log's standard deviation."""
        return value * math.exp(self.gauss(0, spread))

    def how_many(self, mean: float) -> int:
        """Return a count with this mean (Poisson)."""
        limit, product, count = math.exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            count += 1
        return count
