"""What is said about the rep's days: signals with answer and decision, proposed points."""

import datetime as dt

from mobile.screens import formats
from mobile.screens.view_model import RowState
from mobile.services.records import ProposalView, SignalView
from shared.i18n import N_, _
from shared.signals import DECISIONS, RULES

_WAITS = N_("The office has not decided yet.")


def signal_row(signal: SignalView, today: dt.date) -> RowState:
    """Return a signal as a row that opens its explanation."""
    about = [formats.short_day(signal.day, today)]
    if signal.customer:
        about.append(signal.customer)
    if signal.decision is not None:
        mark, tone = _(DECISIONS[signal.decision]), "info"
    elif signal.answer:
        mark, tone = _("answered"), "good"
    else:
        mark, tone = _("you may answer"), "warn"
    return RowState(
        key=signal.id,
        icon="file-document-outline",
        icon_tone=tone,
        title=_(RULES[signal.rule].name),
        detail=" · ".join([*about, mark]),
        can_open=True,
    )


def signal_words(signal: SignalView) -> str:
    """Return what was seen, its honest causes, and what was said to it."""
    rule = RULES[signal.rule]
    numbers = {
        name: formats.number(value) if isinstance(value, int) else value
        for name, value in signal.inputs.items()
    }
    parts = [
        _(rule.sentence, **numbers),
        _(
            "It accuses nobody: a person looks, and hears you. Often it is: %(causes)s",
            causes=_(rule.causes),
        ),
    ]
    if signal.answer:
        parts.append(_("You said: %(answer)s", answer=signal.answer))
    if signal.decision is not None:
        parts.append(
            _(
                "%(name)s decided: %(decision)s. %(reason)s",
                name=signal.decided_by,
                decision=_(DECISIONS[signal.decision]),
                reason=signal.reason,
            )
        )
    else:
        parts.append(_(_WAITS))
    return "\n\n".join(parts)


def proposal_row(proposal: ProposalView, today: dt.date) -> RowState:
    """Return a proposed point as a row."""
    said = {
        None: _(_WAITS),
        True: _("%(name)s took it over.", name=proposal.decided_by),
        False: _(
            "%(name)s did not take it: %(reason)s",
            name=proposal.decided_by,
            reason=proposal.reason,
        ),
    }[proposal.approved]
    return RowState(
        key=proposal.id,
        icon="map-marker",
        icon_tone="good" if proposal.approved else "unknown",
        title=proposal.customer,
        detail=f"{formats.short_day(proposal.proposed_on, today)} · {said}",
        figure="" if proposal.accuracy_m is None else f"±{formats.distance(proposal.accuracy_m)}",
    )
