"""How long the phone waits for the network before it calls itself offline."""

CONNECT_S = 10.0
ANSWER_S = 30.0
SLOWEST_BYTES_PER_S = 1_000.0


def for_body_s(body_bytes: int) -> float:
    """Return the seconds a body may take to leave, and then its answer to begin."""
    return ANSWER_S + body_bytes / SLOWEST_BYTES_PER_S
