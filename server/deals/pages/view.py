"""What the pages of deals share: the filters of the address, and how stages are called."""

import datetime as dt
from dataclasses import dataclass

from flask import request
from flask_babel import force_locale, gettext

from server.deals.queries.deals import DealFilter
from server.deals.queries.pipeline import StageRow, list_stages
from server.deals.queries.reasons import list_sources
from server.platform.access import Access
from server.platform.auth import current_access
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.teams.queries import team_with_descendants
from server.teams.schemas import people_choices
from server.web.components import Choice
from server.web.filters import choice, read_id
from server.web.words import shown
from shared.i18n import LANGUAGES
from shared.vocabulary import USUAL_WORDS, StageKind

TONES = {
    StageKind.LEAD: "unknown",
    StageKind.OPEN: "info",
    StageKind.WON: "good",
    StageKind.LOST: "bad",
    StageKind.DISQUALIFIED: "unknown",
}


def meant(text: str) -> str:
    """Return the name as it is kept: what a form showed translated is still the usual name."""
    for language in LANGUAGES:
        with force_locale(language):
            for name in USUAL_WORDS:
                if text == gettext(name):
                    return name
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the filter bar asks for."""

    access: Access
    currency: str
    today: dt.date
    where: DealFilter
    stages: tuple[StageRow, ...]
    choices: tuple[Choice, ...]

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is in force."""
        return bool(self.where.search or any(c.chosen and c.chosen.value for c in self.choices))


def read_view(*, with_stage: bool = False) -> View:
    """Return what the address asks for; what makes no sense does not narrow."""
    settings = current_settings()
    access = current_access()
    today = business_today()
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    teams = team_with_descendants(team_id) if team_id else None
    stages = tuple(list_stages(access=access))
    sources = list_sources(access=access)
    choices = [
        *people_choices(access=access, day=today, team_id=team_id, arguments=request.args),
        choice(
            "source",
            gettext("Source"),
            {source: shown(source) for source in sources},
            arguments=request.args,
            everything=gettext("All sources"),
        ),
    ]
    if with_stage:
        choices.insert(
            0,
            choice(
                "stage",
                gettext("Stage"),
                {
                    "open": gettext("All open stages"),
                    **{stage.key: gettext(stage.name) for stage in stages},
                },
                arguments=request.args,
                everything=gettext("All stages"),
            ),
        )
    wanted = request.args.get("stage", "") if with_stage else ""
    source = request.args.get("source", "")
    return View(
        access=access,
        currency=settings.reporting_currency,
        today=today,
        where=DealFilter(
            team_ids=teams,
            owner_id=rep_id or None,
            source=source if source in sources else None,
            stage_key=wanted if wanted in {stage.key for stage in stages} else None,
            is_open=wanted == "open",
            search=request.args.get("q", "").strip()[:80],
        ),
        stages=stages,
        # A choice among one is none.
        choices=tuple(each for each in choices if len(each.options) > 2),
    )
