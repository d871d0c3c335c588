"""Errors a caller can act on; shown as `application/problem+json` with a stable code."""

from typing import Any

from shared.i18n import N_


class ProblemError(Exception):
    """Base of all of them. Subclasses stand beside the function that raises them.

    :cvar code: stable, dotted, documented in docs/api.md
    :cvar status: HTTP status
    :cvar title: English sentence for people, marked for translation by the subclass
    """

    code = "problem"
    status = 400
    title = ""

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra

    def to_problem(self) -> dict[str, Any]:
        """Return the members of the problem+json object."""
        problem: dict[str, Any] = {
            "type": "about:blank",
            "code": self.code,
            "status": self.status,
            "title": self.title or self.code,
        }
        if self.detail:
            problem["detail"] = self.detail
        return problem | self.extra


class NotFoundError(ProblemError):
    """No such thing, or none the caller may see: both look the same to a stranger."""

    code = "not_found"
    status = 404
    title = N_("There is nothing here that you may see.")


class ForbiddenError(ProblemError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403
    title = N_("Your role does not allow this.")


class InvalidInputError(ProblemError):
    """Fields are missing or wrong.

    `errors` maps each field to its reasons.
    """

    code = "invalid_input"
    status = 422
    title = N_("Some fields are missing or wrong.")

    def __init__(self, errors: dict[str, Any], detail: str = "", **extra: Any) -> None:
        super().__init__(detail, errors=errors, **extra)
        self.errors = errors
