"""What the teams endpoints give, and the filters by team and rep that many pages have."""

import datetime as dt
from collections.abc import Mapping

from flask_babel import gettext
from marshmallow import Schema, fields

from server.platform.access import Access
from server.teams.queries import list_reps, list_teams, team_with_descendants
from server.web.components import Choice
from server.web.filters import choice


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
            {team.id: team.name for team in list_teams(access=access)},
            arguments=arguments,
            everything=gettext("All teams"),
        ),
        choice(
            "rep",
            gettext("Rep"),
            {
                rep.id: rep.name
                for rep in list_reps(access=access, day=day)
                if teams is None or rep.team_id in teams
            },
            arguments=arguments,
            everything=gettext("All reps"),
        ),
    )
