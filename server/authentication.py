"""Who is calling: a person with a session cookie, or a phone with its token."""

from flask import g, request, session

from server.identity import operations
from server.identity.queries import SignedIn, find_signed_in
from server.platform.access import Access
from server.teams.queries import led_team_ids
from shared.time import utc_now
from shared.vocabulary import Role

DEVICE_SCHEME = "Device "


def session_access() -> Access | None:
    """Return the access of the person whose session this is."""
    user_id = session.get("user_id")
    if user_id is None:
        return None
    user = find_signed_in(user_id)
    if user is None or session.get("stamp") != user.session_stamp:
        session.clear()
        return None
    return access_of(user)


def device_access() -> Access | None:
    """Return the access of the phone whose token this is.

    :raises ProblemError: 401, with a code the phone understands, if the token is no good
    """
    header = request.headers.get("Authorization", "")
    if not header.startswith(DEVICE_SCHEME):
        return None
    device = operations.authenticate_device(
        access=header.removeprefix(DEVICE_SCHEME).strip(), at=utc_now()
    )
    g.device_id = device.id
    # A phone speaks for its rep, whatever else that person may do on the web.
    return Access(user_id=device.user_id, role=Role.REP)


def access_of(user: SignedIn) -> Access:
    """Return what this user may see."""
    teams = led_team_ids(user.id) if user.role is Role.MANAGER else frozenset[str]()
    return Access(user_id=user.id, role=user.role, team_ids=teams)
