"""The messages of sync in one place, with the limits and addresses they have in common.

A push is NDJSON: a header line, then one line a change, exactly as the phone stored it
(docs/sync.md).
"""

from shared.sync.change import Anchor, Captured, Change, ClockReading, Kind, Result, Status
from shared.sync.enrolment import (
    EnrolAnswer,
    EnrolRequest,
    Former,
    TokenAnswer,
)
from shared.sync.exchange import (
    MAX_PAGE_ROWS,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushHeader,
    RowChange,
    RowEvent,
)
from shared.sync.wire import (
    PROTOCOL_VERSION,
    MalformedError,
    VersionError,
    anchor_time_ms,
    decode,
    encode,
)

__all__ = [
    "MAX_PAGE_ROWS",
    "PROTOCOL_VERSION",
    "Anchor",
    "Captured",
    "Change",
    "ClockReading",
    "EnrolAnswer",
    "EnrolRequest",
    "Former",
    "Kind",
    "MalformedError",
    "PullAnswer",
    "PullRequest",
    "PushAnswer",
    "PushHeader",
    "Result",
    "RowChange",
    "RowEvent",
    "Status",
    "TokenAnswer",
    "VersionError",
    "anchor_time_ms",
    "decode",
    "encode",
]

SCHEMA_VERSION = 1
OLDEST_SCHEMA_VERSION = 1

MAX_CHANGES = 500
MAX_COMPRESSED_BYTES = 256 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024
MAX_PAGE_BYTES = 512 * 1024

PUSH_PATH = "/v1/sync/push"
PULL_PATH = "/v1/sync/pull"
ENROL_PATH = "/v1/enrol"
REFRESH_PATH = "/v1/token"
WIPED_PATH = "/v1/wiped"
LIVE_PATH = "/v1/live/position"
OWN_RECORDS_PATH = "/api/v1/my-records"
SYNC_HEADER = "X-Sync"
NDJSON = "application/x-ndjson"

ORG_SCOPE = "org"


def rep_scope(rep_id: str) -> str:
    """Return the name of the scope that holds what one rep may see."""
    return f"rep:{rep_id}"
