"""Who is calling: the access of this request, and the decorator that asks for it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.platform.access import Access
from server.platform.errors import ForbiddenError, ProblemError
from shared.i18n import N_
from shared.vocabulary import Role

P = ParamSpec("P")
R = TypeVar("R")

Authenticator = Callable[[], Access | None]


class NotSignedInError(ProblemError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    status = 401
    title = N_("Sign in first.")


def init_auth(app: Flask, *authenticators: Authenticator) -> None:
    """Ask these, in order, who is calling, once for each request that wants to know."""
    app.extensions["authenticators"] = authenticators


def find_access() -> Access | None:
    """Return what the caller may see; None for a stranger."""
    if "access" not in g:
        found = None
        for authenticate in current_app.extensions["authenticators"]:
            found = authenticate()
            if found is not None:
                break
        g.access = found
    result: Access | None = g.access
    return result


def current_access() -> Access:
    """Return what the caller may see.

    :raises NotSignedInError: for a stranger
    """
    access = find_access()
    if access is None:
        raise NotSignedInError
    return access


def signed_in(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only these roles in; without any, everybody who is signed in."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            access = current_access()
            if roles and access.role not in roles:
                raise ForbiddenError
            return view(*args, **kwargs)

        return guarded

    return decorate


def redirect_to_sign_in() -> ResponseReturnValue:
    """Send a person to the sign-in page, and back to where they wanted to go afterwards."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("identity_pages.sign_in", next=wanted))
