"""What a radio does to packets: they wait their turn, are late, lost, doubled, overtaken, cut off.

Plain arithmetic over times and a seeded generator; `carrier.py` carries the packets.
"""

import random
from collections import Counter
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

UP, DOWN = 0, 1
"""The two ways: from the phone, and to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a link is, each way by itself; as it is by default, a cable that loses nothing."""

    round_trip_s: float = 0.0
    jitter_s: float = 0.0
    """A packet takes up to so much longer, and what is behind it waits."""
    rate: float = inf
    """Of the bits of one way, in bit/s; a packet waits until those before it have left."""
    queue_bytes: int = 64_000
    """What may wait; what comes while more does is dropped."""
    lost: float = 0.0
    """Share of the packets."""
    doubled: float = 0.0
    held_back: float = 0.0
    held_back_s: float = 0.0
    """So much later come those that are held back, behind what was sent after them."""
    up_s: float = inf
    """It is there for so long, then gone for `down_s`, and so on."""
    down_s: float = 0.0
    cut_after: tuple[int | None, int | None] = (None, None)
    """It is gone for good once so many bytes have gone up, or so many down."""

    def to_json(self) -> dict[str, Any]:
        """Return what makes the same link by `Link(**members)`."""
        return asdict(self)


class Radio:
    """One phone's link, which may become another one while packets are under way.

    Times are seconds of any one clock that only goes forward.
    """

    def __init__(self, seed: int) -> None:
        # Each way draws for itself: what one does is the same whatever goes the other way.
        self._rng = [random.Random(f"{seed}/{way}") for way in (UP, DOWN)]
        self.counts: Counter[str] = Counter()
        """Packets: `carried`, `lost`, `dropped` (the queue was full), `doubled`, `held back`."""
        self.become(Link(), 0.0)

    def become(self, link: Link, now: float) -> None:
        """Be like this from now on."""
        self._link = link
        self._since = now
        self._left = [inf if bytes_ is None else bytes_ for bytes_ in link.cut_after]
        self._free_at = [now, now]
        self._last_at = [now, now]

    def take(self, way: int, packet_bytes: int, now: float) -> list[float]:
        """Return the times at which a packet comes out at the other end: none, one or two."""
        link, rng = self._link, self._rng[way]
        self._left[way] -= packet_bytes
        if not self.is_up(now) or rng.random() < link.lost:
            self.counts["lost"] += 1
            return []
        if self._free_at[way] - now > link.queue_bytes * 8 / link.rate:
            self.counts["dropped"] += 1
            return []
        self._free_at[way] = max(self._free_at[way], now) + packet_bytes * 8 / link.rate
        at = self._free_at[way] + link.round_trip_s / 2 + rng.uniform(0, link.jitter_s)
        at = max(at, self._last_at[way])
        if rng.random() < link.held_back:
            self.counts["held back"] += 1
            at += link.held_back_s
        else:
            self._last_at[way] = at
        if rng.random() < link.doubled:
            self.counts["doubled"] += 1
            return [at, at]
        return [at]

    def gives(self, now: float) -> bool:
        """Return whether a packet that has come to the other end comes out of it, and count it."""
        self.counts["carried" if self.is_up(now) else "lost"] += 1
        return self.is_up(now)

    def is_up(self, now: float) -> bool:
        """Return whether the link is there."""
        link = self._link
        is_flapping = (
            link.up_s < inf and (now - self._since) % (link.up_s + link.down_s) > link.up_s
        )
        return min(self._left) >= 0 and not is_flapping
