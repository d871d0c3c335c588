"""A new customer, noted on the spot: name, how to reach it, and where the rep stands."""

from dataclasses import dataclass, replace
from typing import Protocol

from mobile.device.gps import Gps
from mobile.screens.formats import distance
from mobile.screens.forms import DraftKeeper, FormState, FormViewModel, field_problem
from mobile.screens.view_model import Drafts
from shared.checkin.evidence import Fix
from shared.i18n import _
from shared.schemas.limits import InvalidRecordError

_FIELDS = ("name", "contact_name", "phone", "address", "city", "notes")


class Customers(Protocol):
    """Adds customers."""

    def create_prospect(
        self,
        *,
        name: str,
        contact_name: str = "",
        phone: str = "",
        address: str = "",
        city: str = "",
        notes: str = "",
        fix: Fix | None = None,
    ) -> str:
        """Add one; return its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectState(FormState):
    """What the form shows."""

    name: str = ""
    contact_name: str = ""
    phone: str = ""
    address: str = ""
    city: str = ""
    notes: str = ""
    place: str = ""
    """What the phone knows of where the rep stands."""
    has_place: bool = False
    sends_place: bool = True
    """Whether the place is proposed with the customer."""
    saved_id: str = ""


class ProspectViewModel(FormViewModel[ProspectState]):
    """Keeps what is typed as a draft until it is saved."""

    def __init__(self, *, customers: Customers, gps: Gps, drafts: Drafts) -> None:
        super().__init__(ProspectState())
        self._customers = customers
        self._gps = gps
        self._draft = DraftKeeper(drafts, "prospect_draft")

    def begin(self) -> None:
        """Open the form, with what was typed before and not saved."""
        kept = self._draft.read()
        self._untouched = dict.fromkeys(_FIELDS, "")
        self._show(ProspectState(**{name: kept.get(name, "") for name in _FIELDS}))
        self.tick()

    def refresh(self) -> None:
        """Say the place in the language of now."""
        self.tick()

    def tick(self) -> None:
        """Follow the rep."""
        fix = self._gps.last_fix()
        words = (
            _("No position yet. Go outside, or save without it.")
            if fix is None
            else _("Where you stand now, ±%(accuracy)s", accuracy=distance(fix.accuracy_m))
        )
        self._show(replace(self.state, place=words, has_place=fix is not None))

    def switch_place(self) -> None:
        """Send the place, or do not."""
        self._show(replace(self.state, sends_place=not self.state.sends_place))

    def keep(self) -> None:
        """Keep the draft, unless it was saved."""
        if not self.state.saved_id:
            self._draft.keep({name: getattr(self.state, name) for name in _FIELDS})

    def save(self) -> None:
        """Add the customer, or say what is wrong."""
        state = self.state
        fix = self._gps.last_fix() if state.sends_place else None
        try:
            saved = self._customers.create_prospect(
                **{name: getattr(state, name) for name in _FIELDS}, fix=fix
            )
        except InvalidRecordError as error:
            self._show(replace(state, problems=((error.field, field_problem(error)),)))
            return
        self._draft.clear()
        self._show(replace(state, saved_id=saved))
