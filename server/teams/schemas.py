"""What the teams endpoints give, and the filters by team and rep that many pages have."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from server.platform.access import Access
from server.teams.operations.people import PersonForm
from server.teams.operations.teams import TeamForm
from server.teams.queries import RepRow, list_reps, list_teams, team_with_descendants
from server.web.components import Choice
from server.web.filters import choice
from shared.i18n import LANGUAGES
from shared.vocabulary import Role


class TeamSchema(Schema):
    """A team; `parent_id` names the one above it."""

    id = fields.String()
    name = fields.String()
    parent_id = fields.String(allow_none=True)


class RepSchema(Schema):
    """A rep with today's team."""

    id = fields.String()
    code = fields.String()
    name = fields.String()
    team_id = fields.String(allow_none=True)


def _plain(value: str) -> None:
    if any(character < " " for character in value):
        raise ValidationError("control characters")


def _zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError("no such time zone")


class PersonFormSchema(Schema):
    """The form of a person, as it is sent; empty means nothing chosen."""

    class Meta:
        unknown = EXCLUDE

    code = fields.String(required=True, validate=[validate.Length(1, 80), _plain])
    name = fields.String(required=True, validate=[validate.Length(1, 200), _plain])
    role = fields.Enum(Role, by_value=True, required=True)
    language = fields.String(required=True, validate=validate.OneOf(["", *LANGUAGES]))
    time_zone = fields.String(required=True, validate=_zone)
    quota_carrying = fields.Boolean(required=True)
    team_id = fields.UUID(required=True, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> PersonForm:
        """Return what the operations take."""
        team_id = data.pop("team_id")
        return PersonForm(**data, team_id=str(team_id) if team_id else None)


class TeamFormSchema(Schema):
    """The form of a team, as it is sent; empty means nothing chosen."""

    class Meta:
        unknown = EXCLUDE

    code = fields.String(required=True, validate=[validate.Length(1, 80), _plain])
    name = fields.String(required=True, validate=[validate.Length(1, 200), _plain])
    parent_id = fields.UUID(required=True, allow_none=True)
    leads = fields.List(fields.UUID(), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> TeamForm:
        """Return what the operations take."""
        return TeamForm(
            code=data["code"],
            name=data["name"],
            parent_id=str(data["parent_id"]) if data["parent_id"] else None,
            leads=frozenset(str(each) for each in data["leads"]),
        )


def people_choices(
    *, access: Access, day: dt.date, team_id: str, arguments: Mapping[str, str]
) -> tuple[Choice, Choice]:
    """
    Return the filters *Team* and *Rep* of a filter bar.

    :param day: on which the reps belong to their teams
    :param team_id: the team that the address asks for; only its reps are offered
    """
    teams = team_with_descendants(team_id) if team_id else None
    return (
        choice(
            "team",
            gettext("Team"),
            {
                team.id: gettext("%(name)s (archived)", name=team.name)
                if team.archived
                else team.name
                for team in list_teams(access=access)
            },
            arguments=arguments,
            everything=gettext("All teams"),
        ),
        _one_of(
            (
                rep
                for rep in list_reps(access=access, day=day)
                if teams is None or rep.team_id in teams
            ),
            arguments,
        ),
    )


def _one_of(reps: Iterable[RepRow], arguments: Mapping[str, str], name: str = "rep") -> Choice:
    return choice(
        name,
        gettext("Rep"),
        {rep.id: rep.name for rep in reps},
        arguments=arguments,
        everything=gettext("All reps"),
    )


def rep_choice(
    *, access: Access, day: dt.date, arguments: Mapping[str, str], name: str = "rep"
) -> Choice:
    """
    Return the filter *Rep* of a filter bar.

    :param day: on which the reps belong to the caller's teams
    :param name: what it is called in the address
    """
    return _one_of(list_reps(access=access, day=day), arguments, name)
