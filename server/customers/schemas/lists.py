"""What the customers endpoints take and give, and the filters that lists of customers have."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext
from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, false

from server.customers.queries.customers import CustomerFilter, list_cities
from server.customers.queries.own_fields import NOTHING, has_value, in_range
from server.fields.queries import fields_in_use
from server.platform.access import Access
from server.platform.paging import PageQuerySchema, PageSchema
from server.teams.queries import team_with_descendants
from server.teams.schemas import people_choices
from server.web.components import Choice
from server.web.contributions import contributions
from server.web.field_values import PROBLEMS
from server.web.filters import choice, read_id
from server.web.languages import current_language
from shared.custom_fields import LONGEST_TEXT, CustomField, read
from shared.schemas.limits import InvalidRecordError
from shared.vocabulary import CustomerClass, FieldKind

_STATES: dict[str, dict[str, bool | None]] = {
    "prospect": {"is_prospect": True},
    "no_point": {"has_point": False},
    "no_owner": {"has_owner": False},
    "closed": {"closed": True},
    "all": {"closed": None},
}


class CustomerQuerySchema(PageQuerySchema):
    """Which customers."""

    search = fields.String(validate=validate.Length(max=100), load_default="")
    owner = fields.UUID(load_default=None)
    customer_class = fields.Enum(CustomerClass, by_value=True, data_key="class", load_default=None)
    closed = fields.Boolean(load_default=False)
    """Those that were put away, instead of the others."""


class CustomerRowSchema(Schema):
    """A customer in the list."""

    id = fields.String()
    code = fields.String()
    name = fields.String()
    customer_class = fields.String(data_key="class")
    contact_name = fields.String()
    phone = fields.String()
    address = fields.String()
    city = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    is_prospect = fields.Boolean()
    owner_id = fields.String(allow_none=True)
    owner_name = fields.String(allow_none=True)
    team_id = fields.String(allow_none=True)
    currency = fields.String()
    """That its orders are taken in; empty: the reporting one."""
    closed_on = fields.Date(allow_none=True)
    """The day it was put away; null: it was not."""
    custom_fields = fields.Dict(keys=fields.String(), values=fields.Raw())
    """Values by the key of their field; columns of imports that no field has are texts."""


class CustomerPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(CustomerRowSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFilter:
    """What the filter bar asks of a custom field, and whether the list shows it as a column."""

    field: CustomField
    label: str
    choice: Choice | None = None
    """Of a field with a closed list of values."""
    text: str = ""
    """What is looked for in a field of words."""
    low: str = ""
    high: str = ""
    """Of a number or a day: the first and the last of a range, as they were typed."""
    problem: str = ""
    """What is wrong with the range, in the reader's language."""
    condition: ColumnElement[bool] | None = None
    """On a row of `Customer`; None: anything."""
    is_column: bool = False

    @property
    def column(self) -> str:
        """Return the name of the argument that makes it a column."""
        return f"show.{self.field.key}"

    @property
    def wanted(self) -> str:
        """Return what is asked for; empty: anything."""
        if self.choice is not None:
            return self.choice.chosen.value if self.choice.chosen else ""
        return self.text or self.low or self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSearch:
    """What the filter bar of a list of customers asks for."""

    where: CustomerFilter
    choices: tuple[Choice, ...]
    own: tuple[OwnFilter, ...] = ()
    """Of each custom field in use."""

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is in force."""
        is_chosen = any(c.chosen and c.chosen.value for c in self.choices)
        return bool(self.where.search or is_chosen or any(each.wanted for each in self.own))

    @property
    def own_in_force(self) -> int:
        """How many custom fields narrow the list or are a column of it."""
        return sum(bool(each.wanted or each.is_column) for each in self.own)


def read_customer_search(
    *, access: Access, today: dt.date, arguments: Mapping[str, str]
) -> CustomerSearch:
    """Return what an address asks for; what makes no sense does not narrow.

    Only in a range that is none there is no customer: files and decisions about all that were found
    must not take all for it.
    The slot `customers.filter` is open to higher features: it is called with `arguments` and
    returns a filter and the condition on a row of `Customer` that it asks for, or None.
    """
    team_id, rep_id = read_id(arguments, "team"), read_id(arguments, "rep")
    teams = team_with_descendants(team_id) if team_id else None
    wanted_class, city = arguments.get("class", ""), arguments.get("city", "")
    others = contributions("customers.filter", arguments=arguments)
    own = own_filters(arguments)
    choices = (
        *people_choices(access=access, day=today, team_id=team_id, arguments=arguments),
        choice(
            "class",
            gettext("Class"),
            {each.value: each.value for each in CustomerClass},
            arguments=arguments,
            everything=gettext("All classes"),
        ),
        choice(
            "city",
            gettext("City"),
            {name: name for name in list_cities(access=access)},
            arguments=arguments,
            everything=gettext("All cities"),
        ),
        choice(
            "state",
            gettext("Only"),
            {
                "prospect": gettext("Prospects"),
                "no_point": gettext("Without a point on the map"),
                "no_owner": gettext("Without a rep"),
                "closed": gettext("Closed ones"),
                "all": gettext("Closed ones, too"),
            },
            arguments=arguments,
            everything=gettext("All customers"),
        ),
        *(shown for shown, _ in others),
    )
    return CustomerSearch(
        where=CustomerFilter(
            search=arguments.get("q", "").strip()[:80],
            owner_id=rep_id or None,
            team_ids=teams,
            customer_class=CustomerClass(wanted_class)
            if wanted_class in set(CustomerClass)
            else None,
            city=city if "\0" not in city else "",
            also=(
                *(condition for _, condition in others if condition is not None),
                *(each.condition for each in own if each.condition is not None),
            ),
            **_STATES.get(arguments.get("state", ""), {}),
        ),
        # A choice among one is none.
        choices=tuple(each for each in choices if len(each.options) > 2),
        own=own,
    )


def own_filters(arguments: Mapping[str, str]) -> tuple[OwnFilter, ...]:
    """Return what an address asks of each custom field in use."""
    return tuple(_own_filter(field, arguments) for field in fields_in_use())


def _own_filter(field: CustomField, arguments: Mapping[str, str]) -> OwnFilter:
    language = current_language()
    shown = OwnFilter(
        field=field,
        label=field.label_in(language),
        is_column=arguments.get(f"show.{field.key}") == "yes",
    )
    values: dict[str, str] = {}
    if field.kind is FieldKind.YES_NO:
        values = {"yes": gettext("Yes"), "no": gettext("No")}
    elif field.kind is FieldKind.CHOICE:
        # One that is offered no more may still be the value of customers.
        values = {choice.key: choice.name_in(language) for choice in field.choices}
    elif field.kind is FieldKind.TEXT:
        text = arguments.get(field.name, "").strip()[:LONGEST_TEXT]
        return _with_value(replace(shown, text="" if "\0" in text else text))
    else:
        return _in_range(shown, arguments)
    offered = choice(
        field.name,
        shown.label,
        values | {NOTHING: gettext("no value")},
        arguments=arguments,
        everything=gettext("All"),
    )
    return _with_value(replace(shown, choice=offered))


def _with_value(shown: OwnFilter) -> OwnFilter:
    condition = has_value(shown.field, shown.wanted) if shown.wanted else None
    return replace(shown, condition=condition)


def _in_range(shown: OwnFilter, arguments: Mapping[str, str]) -> OwnFilter:
    field = shown.field
    ends = ((arguments.get(f"{end}.{field.key}") or "").strip() for end in ("from", "to"))
    low, high = (text[:LONGEST_TEXT] for text in ends)
    typed = replace(shown, low=low, high=high)
    if not typed.wanted:
        return typed
    try:
        first, last = (read(field, text) if text else None for text in (low, high))
    except InvalidRecordError as error:
        return replace(typed, problem=gettext(PROBLEMS[error.reason]), condition=false())
    if first is not None and last is not None and first > last:  # type: ignore[operator]
        return replace(typed, problem=gettext("It ends before it begins."), condition=false())
    return replace(typed, condition=in_range(field, first, last))
