"""A visit from check-in to check-out: measuring, the verdict, the outcome, notes."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from mobile.device.clock import Clock
from mobile.device.connectivity import Connectivity
from mobile.device.gps import Gps
from mobile.screens.formats import clock_time, money, number, running
from mobile.screens.photos import Photos, PhotosState
from mobile.screens.view_model import RowState, ViewModel
from mobile.screens.visit.measuring import action, explain, measured
from mobile.screens.visit.needs import Customers, Leaving, VisitService
from mobile.screens.words import CANCEL_REASONS, NO_SALE_REASONS, no_sale_words
from mobile.services.views import VisitView
from shared.checkin.evidence import Fence, Fix
from shared.checkin.policy import FenceRule, needs
from shared.checkin.verdict import judge
from shared.i18n import _, ngettext
from shared.vocabulary import NoSaleReason, Verdict

SAMPLING = timedelta(seconds=20)
_AT_LEAST = timedelta(seconds=3)
_KEPT_FIXES = 60
_LOOK_EVERY = 15
"""Ticks between looks whether the rep has left."""
_NEEDED = {FenceRule.WARN: "note", FenceRule.BLOCK: "code"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitState:
    """What the screen shows."""

    phase: str = "none"
    """`none`, `sampling` (no visit yet), `open`, or `done` (the screen may leave)."""
    name: str = ""
    address: str = ""
    # measuring, and the check-in once it is made
    verdict: str = ""
    measured: str = ""
    """Distance ± accuracy."""
    explanation: str = ""
    share_sampled: float = 0.0
    seconds_left: str = ""
    is_sampled: bool = False
    """The twenty seconds are over: the rep decides."""
    action: str = ""
    needed: str = ""
    """`note` or `code`: what a check-in from here needs; empty: nothing."""
    # the open visit
    timer: str = ""
    since: str = ""
    lines: tuple[RowState, ...] = ()
    total: str = ""
    has_order: bool = False
    no_sale: str = ""
    no_sale_reason: str = ""
    notes: str = ""
    photos: PhotosState = field(default_factory=PhotosState)
    form: str = ""
    """How far the visit form is answered; empty: nothing is asked here."""
    form_is_due: bool = False
    """A required question lacks its answer."""
    missing: str = ""
    """What must be said before check-out."""
    message: str = ""
    left: str = ""
    """The rep seems to have left: when, in words."""
    check_out: str = ""
    """Words of the button that ends the visit."""


class VisitViewModel(ViewModel[VisitState]):
    """Leads through one visit. Everything but the measuring itself survives a kill."""

    def __init__(
        self,
        *,
        visits: VisitService,
        customers: Customers,
        gps: Gps,
        connectivity: Connectivity,
        clock: Clock,
        photos: Photos,
        leaving: Leaving,
    ) -> None:
        super().__init__(VisitState())
        self.photos = photos
        self._visits = visits
        self._customers = customers
        self._gps = gps
        self._connectivity = connectivity
        self._clock = clock
        self._leaving = leaving
        self._ticks = 0
        self._target: tuple[str, str | None] | None = None
        self._fence: Fence | None = None
        self._rule = FenceRule.RECORD
        self._began_ms = 0
        self._fixes: list[Fix] = []
        self._visit: VisitView | None = None
        self._typed: str | None = None
        """Notes that are not saved yet."""
        self._refused: str | None = None
        """Notes that could not be saved; they stay in their field."""
        photos.subscribe(self._show_photos)

    def begin(self, customer_id: str, stop_id: str | None) -> None:
        """Measure for a check-in; a visit that is open comes first."""
        if self.resume():
            return
        customer = self._customers.get(customer_id).customer
        self._target = (customer_id, stop_id)
        self._fence = Fence(
            customer_id=customer.id,
            latitude=customer.latitude,
            longitude=customer.longitude,
            radius_m=customer.radius_m,
        )
        self._rule = self._visits.rule(customer_id)
        self._began_ms = self._clock.elapsed_ms()
        self._fixes.clear()
        self._show(VisitState(phase="sampling", name=customer.name, address=customer.address))
        self.tick()

    def resume(self) -> bool:
        """Show the open visit if there is one; tell whether there is."""
        self._visit = self._visits.open_visit()
        if self._visit is None:
            return False
        self._target = None
        self.photos.show(self._visit.id)
        self._render_visit(self._visit)
        return True

    def refresh(self) -> None:
        """Read the visit anew."""
        if self._typed is not None:
            self.set_notes(self._typed)
        if self._target is None:
            self.resume()

    def tick(self) -> None:
        """Take the newest fix; move the timer on."""
        fix = self._gps.last_fix()
        if fix is not None and (not self._fixes or fix.fix_at != self._fixes[-1].fix_at):
            self._fixes = [*self._fixes, fix][-_KEPT_FIXES:]
        if self._target is not None:
            self._render_sampling()
        elif self._visit is not None and self.state.phase == "open":
            self._ticks += 1
            if self._ticks % _LOOK_EVERY == 0:
                self.resume()
            else:
                self._show(replace(self.state, timer=self._timer(self._visit)))

    def sample_again(self) -> None:
        """Measure for another twenty seconds."""
        self._began_ms = self._clock.elapsed_ms()
        self._fixes.clear()
        self.tick()

    def check_in(self, *, note: str = "", code: str = "") -> None:
        """
        Begin the visit with what was measured so far, whatever the verdict.

        :raises mobile.services.recorder.ServiceError: where the office asks for more
        """
        if self._target is None:
            return
        customer_id, stop_id = self._target
        self._visit = self._visits.check_in(
            customer_id=customer_id,
            stop_id=stop_id,
            fix=self._best(),
            was_offline=not self._connectivity.is_online,
            note=note,
            code=code,
        )
        self._target = None
        self._fixes.clear()
        self.photos.show(self._visit.id)
        self._render_visit(self._visit)

    def leave(self) -> None:
        """Stop measuring: no visit was begun."""
        self._target = None
        self._show(VisitState())

    def no_sale_choices(self) -> list[tuple[str, str, str]]:
        """Return the reasons for no order as (key, icon, words), that of last time first."""
        last = self._last_reason()
        reasons = sorted(NO_SALE_REASONS.items(), key=lambda each: each[0] != last)
        return [
            (
                str(key),
                "store-off-outline",
                _("%(reason)s, as last time", reason=_(words)) if key == last else _(words),
            )
            for key, words in reasons
        ]

    def _last_reason(self) -> str | None:
        """Return why the visit before brought no order; None where it brought one."""
        assert self._visit is not None
        visits = self._customers.get(self._visit.customer.id).visits
        earlier = next((each for each in visits if each.id != self._visit.id), None)
        return earlier.no_sale_reason if earlier else None

    def cancel_choices(self) -> list[tuple[str, str, str]]:
        """Return the reasons for a cancellation as (key, icon, words)."""
        return [(key, "cancel", _(words)) for key, words in CANCEL_REASONS.items()]

    def set_no_sale(self, reason: str) -> None:
        """Say why there is no order."""
        if self._visit is not None:
            self._visits.set_no_sale_reason(self._visit.id, NoSaleReason(reason))
            self.resume()

    def subject(self) -> tuple[str, str]:
        """Return the ids of the visit and of its customer, for what was promised there."""
        assert self._visit is not None
        return self._visit.id, self._visit.customer.id

    def type_notes(self, notes: str) -> None:
        """Take what is being typed, so that nothing shown meanwhile puts the old words back."""
        if notes != self.state.notes:
            self._typed = notes
            self._show(replace(self.state, notes=notes))

    def set_notes(self, notes: str) -> None:
        """Keep the notes; called when the rep stops typing."""
        self._typed = None
        if self._visit is not None and notes != self._visit.notes:
            self._refused = notes
            self._visits.write_notes(self._visit.id, notes)
            self._refused = None
            self.resume()

    def check_out(self) -> None:
        """End the visit; without an order a reason is needed first."""
        if self._visit is None or self.state.missing:
            return
        name = self._visit.customer.name
        self._visits.check_out(
            self._visit.id,
            fix=self._best(),
            was_offline=not self._connectivity.is_online,
            left_at=self._leaving.left_at(self._visit.id),
        )
        self._finish(_("Visit at %(name)s is saved.", name=name))

    def stay(self) -> None:
        """Say that the rep is still there, whatever the phone thinks."""
        if self._visit is not None:
            self._leaving.stay(self._visit.id)
            self.resume()

    def cancel(self, reason: str) -> None:
        """Cancel the visit."""
        if self._visit is None:
            return
        self._visits.cancel(self._visit.id, reason)
        self._finish(_("The visit was cancelled."))

    def _show_photos(self, photos: PhotosState) -> None:
        if self.state.phase == "open":
            self._show(replace(self.state, photos=photos))

    def _finish(self, message: str) -> None:
        self._visit = None
        self._fixes.clear()
        self._show(VisitState(phase="done", message=message))

    def _best(self) -> Fix | None:
        """Return the most accurate fix of the last twenty seconds, with its age now."""
        now = self._clock.now()
        recent = [fix for fix in self._fixes if now - fix.fix_at <= SAMPLING] or self._fixes[-1:]
        if not recent:
            return None
        best = min(recent, key=lambda fix: fix.accuracy_m)
        age_s = max(0.0, (now - best.fix_at).total_seconds())
        return replace(best, age_s=age_s, samples=len(recent))

    def _render_sampling(self) -> None:
        assert self._fence is not None
        # Not by the time of day: a sync in between may set that right.
        passed = timedelta(milliseconds=self._clock.elapsed_ms() - self._began_ms)
        judgement = judge(self._best(), self._fence)
        if judgement.verdict == Verdict.INSIDE and passed >= _AT_LEAST:
            # Presence is proven; waiting for a better fix would prove nothing more.
            self.check_in()
            return
        over = passed >= SAMPLING
        needed = needs(self._rule, judgement.verdict)
        left = max(0, round((SAMPLING - passed).total_seconds()))
        self._show(
            replace(
                self.state,
                verdict=judgement.verdict.value if self._fixes or over else "",
                measured=measured(judgement.distance_m, judgement.r68_m),
                explanation=explain(judgement, self._fence, is_over=over),
                share_sampled=min(1.0, passed / SAMPLING),
                is_sampled=over,
                seconds_left=ngettext("%(count)s second left", "%(count)s seconds left", left)
                if not over
                else "",
                action=action(needed, is_over=over),
                needed=_NEEDED.get(needed, ""),
            )
        )

    def _render_visit(self, visit: VisitView) -> None:
        lines = tuple(
            RowState(
                key=line.product_id,
                icon="package-variant-closed",
                icon_tone="primary",
                title=line.product_name,
                detail=f"{number(line.quantity)} × {money(line.price_minor, visit.currency)}",
                figure=money(line.total_minor, visit.currency),
            )
            for line in visit.lines
        )
        left_at = self._leaving.left_at(visit.id)
        left = "" if left_at is None else clock_time(left_at, self._clock.time_zone)
        self._show(
            VisitState(
                phase="open",
                left=_("You seem to have left at %(time)s.", time=left) if left else "",
                check_out=_("Check out at %(time)s", time=left) if left else _("Check out"),
                name=visit.customer.name,
                address=visit.customer.address,
                verdict=visit.verdict,
                measured=measured(visit.distance_m, visit.accuracy_m),
                timer=self._timer(visit),
                since=_(
                    "since %(time)s", time=clock_time(visit.checked_in_at, self._clock.time_zone)
                ),
                lines=lines,
                total=money(visit.amount_minor, visit.currency),
                has_order=bool(lines),
                no_sale=no_sale_words(visit.no_sale_reason) if visit.no_sale_reason else "",
                no_sale_reason=visit.no_sale_reason or "",
                notes=visit.notes if self._refused is None else self._refused,
                photos=self.photos.state,
                form=_(
                    "%(answered)s of %(questions)s answered",
                    answered=visit.form.answered,
                    questions=visit.form.questions,
                )
                if visit.form.questions
                else "",
                form_is_due=visit.form.required_left > 0,
                missing=_missing(visit),
            )
        )

    def _timer(self, visit: VisitView) -> str:
        return running(self._clock.now() - visit.checked_in_at)


def _missing(visit: VisitView) -> str:
    """Return what must be said before check-out."""
    if not visit.lines and not visit.no_sale_reason:
        return _("Take an order or say why there is none.")
    left = visit.form.required_left
    return (
        ngettext(
            "%(count)s required question of the visit form has no answer.",
            "%(count)s required questions of the visit form have no answer.",
            left,
        )
        if left
        else ""
    )
