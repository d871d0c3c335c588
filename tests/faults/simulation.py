"""Phones, an office and a bad network against the real application: a machine for Hypothesis.

One thing happens after the other, so a failure can be replayed; only what is asked for at the same
time is. Checked after every step are laws of each moment; at the end the network heals, everybody
syncs, and phones and server must agree.
"""

from tests.faults.simulated.composed import Composed
from tests.faults.simulated.laws import Laws
from tests.faults.simulated.mending import Mending
from tests.faults.simulated.the_end import TheEnd


class Simulation(Composed, Mending, Laws, TheEnd):
    """Hypothesis makes histories of all of it."""
