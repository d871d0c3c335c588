"""What a push of a few changes asks of PostgreSQL, asked together with the lock of its phone's row.

To ask and wait takes longer than most answers do, and such a push asks four times instead of three
without this. Behind the lock, because copies of the same push wait for it. What is asked here is
asked again where it is wanted, and found there; where something else is wanted, that is asked.
"""

import datetime as dt
from collections.abc import Sequence

from server.platform.database import is_postgresql
from server.sync.batch import ask_for_batch_ahead
from server.sync.entities import TOGETHER, ask_ahead
from server.sync.lines import read_line
from shared.sync import chain
from shared.sync.protocol import MalformedError

FEW = 10
"""A push of so many changes asks with the lock, and is tried without a savepoint."""


def ask_with_lock(lines: Sequence[bytes], *, rep_id: str, day: dt.date) -> None:
    """
    Have what is asked for these lines come along with what is asked next.

    Nobody knows yet whether they are that phone's: they decide what is read, and nothing else.

    :param rep_id: whose phone it is
    :param day: on which the lines came, for the rep
    """
    if len(lines) > FEW or not is_postgresql():
        return
    try:
        changes = [read_line(chain.split(line)[0]) for line in lines]
    except (chain.ChainBrokenError, MalformedError):
        return
    if all((change.entity, change.kind) in TOGETHER for change in changes):
        ask_for_batch_ahead(changes)
        ask_ahead(changes, rep_id=rep_id, day=day)
