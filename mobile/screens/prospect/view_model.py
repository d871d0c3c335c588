"""A new customer, noted on the spot: name, how to reach it, and where the rep stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from mobile.device.clock import Clock
from mobile.device.gps import Gps
from mobile.screens import own_fields
from mobile.screens.formats import distance
from mobile.screens.forms import DraftKeeper, FormState, FormViewModel, field_problem
from mobile.screens.view_model import Drafts, RowState
from mobile.services.customer_views import OwnValue
from shared.checkin.evidence import Fix
from shared.custom_fields import PREFIX, CustomField, read
from shared.i18n import _
from shared.schemas.limits import InvalidRecordError
from shared.time import business_day

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
        own: Mapping[str, str] = ...,
        fix: Fix | None = None,
    ) -> str:
        """Add one; return its id."""

    def fields_to_fill(self) -> tuple[OwnValue, ...]:
        """Return the custom fields that a rep may fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectState(FormState):
    """What the form shows."""

    name: str = ""
    contact_name: str = ""
    phone: str = ""
    address: str = ""
    city: str = ""
    notes: str = ""
    own: tuple[RowState, ...] = ()
    """Custom fields, with what was filled in."""
    place: str = ""
    """What the phone knows of where the rep stands."""
    has_place: bool = False
    sends_place: bool = True
    """Whether the place is proposed with the customer."""
    saved_id: str = ""


class ProspectViewModel(FormViewModel[ProspectState]):
    """Keeps what is typed as a draft until it is saved."""

    def __init__(self, *, customers: Customers, gps: Gps, clock: Clock, drafts: Drafts) -> None:
        super().__init__(ProspectState())
        self._customers = customers
        self._gps = gps
        self._clock = clock
        self._fields: dict[str, CustomField] = {}
        self._given: dict[str, str] = {}
        """What was typed or chosen in custom fields, by key."""
        self._draft = DraftKeeper(drafts, "prospect_draft")

    def begin(self) -> None:
        """Open the form, with what was typed before and not saved."""
        kept = self._draft.read()
        self._fields = {one.field.key: one.field for one in self._customers.fields_to_fill()}
        self._untouched = dict.fromkeys(_FIELDS, "") | {"own": self._rows({})}
        own = kept.get("own", {})
        self._given = {key: text for key, text in own.items() if self._may_be(key, text)}
        typed = {name: kept.get(name, "") for name in _FIELDS}
        self._show(ProspectState(**typed, own=self._rows(self._given)))
        self.tick()

    def refresh(self) -> None:
        """Say fields and the place in the language of now."""
        self._untouched = {**self._untouched, "own": self._rows({})}
        self._show(replace(self.state, own=self._rows(self._given)))
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
            typed = {name: getattr(self.state, name) for name in _FIELDS}
            self._draft.keep(typed | {"own": self._given})

    def entry(self, row_key: str) -> own_fields.Entry:
        """Return what a sheet asks for the field of a row."""
        return own_fields.entry(self._value(own_fields.key_of(row_key), self._given))

    def fill_in(self, row_key: str, text: str) -> str:
        """Take what was written or chosen for a field; return what is wrong with it, or nothing."""
        key = own_fields.key_of(row_key)
        given = "" if text == own_fields.CLEAR else text.strip()
        try:
            read(self._fields[key], given)
        except InvalidRecordError as error:
            return own_fields.problem(error)
        self._given = {**self._given, key: given}
        self._show(replace(self.state, own=self._rows(self._given), problems=()))
        self.keep()
        return ""

    def save(self) -> None:
        """Add the customer, or say what is wrong."""
        state = self.state
        fix = self._gps.last_fix() if state.sends_place else None
        try:
            own = {key: self._given.get(key, "") for key in self._fields}
            saved = self._customers.create_prospect(
                **{name: getattr(state, name) for name in _FIELDS}, own=own, fix=fix
            )
        except InvalidRecordError as error:
            words = (
                own_fields.problem(error)
                if error.field.startswith(PREFIX)
                else field_problem(error)
            )
            # Fields of the company have no line of their own for it, so it stands under them all.
            field = "own" if error.field.startswith(PREFIX) else error.field
            self._show(replace(state, problems=((field, words),)))
            return
        self._draft.clear()
        self._show(replace(state, saved_id=saved))

    def _may_be(self, key: str, text: str) -> bool:
        """Return whether a draft's value is one still: the office may have changed its field."""
        try:
            return key in self._fields and (not text or read(self._fields[key], text) is not None)
        except InvalidRecordError:
            return False

    def _value(self, key: str, given: Mapping[str, str]) -> OwnValue:
        field = self._fields[key]
        text = given.get(key, "")
        return OwnValue(field, read(field, text) if text else None)

    def _rows(self, given: Mapping[str, str]) -> tuple[RowState, ...]:
        today = business_day(self._clock.now(), self._clock.time_zone)
        return own_fields.rows(tuple(self._value(key, given) for key in self._fields), today)
