"""What measuring for a check-in says, in words."""

from mobile.screens.formats import distance
from shared.checkin.evidence import Fence
from shared.checkin.policy import FenceRule
from shared.checkin.verdict import Judgement, VerdictReason
from shared.i18n import _
from shared.vocabulary import Verdict


def action(needed: FenceRule, *, is_over: bool) -> str:
    """Return the words of the button that checks in."""
    if needed is FenceRule.WARN:
        return _("Say why, and check in")
    if needed is FenceRule.BLOCK:
        return _("Check in with a code")
    return _("Check in anyway") if is_over else _("Go on now")


def measured(distance_m: float | None, accuracy_m: float | None) -> str:
    """Return distance ± accuracy."""
    if distance_m is None:
        return "–" if accuracy_m is None else f"±{distance(accuracy_m)}"
    return distance(distance_m) + ("" if accuracy_m is None else f" ±{distance(accuracy_m)}")


def explain(judgement: Judgement, fence: Fence, *, is_over: bool) -> str:
    """Return in a sentence what the measuring says and what that means for the rep."""
    radius = distance(fence.radius_m)
    if judgement.verdict == Verdict.INSIDE:
        return _("You are at the outlet.")
    if judgement.verdict == Verdict.OUTSIDE:
        return _(
            "You are outside the %(radius)s around the outlet. The visit is marked so.",
            radius=radius,
        )
    if judgement.reason == VerdictReason.NO_CUSTOMER_POINT:
        return _("This outlet has no point on the map yet. The visit counts all the same.")
    if judgement.reason == VerdictReason.NO_FIX:
        return (
            _("There is no position. The visit counts, marked as not certain.")
            if is_over
            else _("Looking for your position…")
        )
    if judgement.reason == VerdictReason.FENCE_EDGE:
        return _("You are at the edge of the %(radius)s around the outlet.", radius=radius)
    return (
        _("The position is not exact enough to tell. The visit counts, marked as not certain.")
        if is_over
        else _("The position is getting better…")
    )
