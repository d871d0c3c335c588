"""Reading mapping files, and the ones that come with the product; docs/import.md has the format."""

import tomllib
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from server.imports.operations.mapping import Join, Lines, Mapping, Rule, Step
from server.imports.operations.values import Formats
from server.platform.errors import InvalidInputError, NotFoundError
from shared.i18n import N_

SHIPPED = Path(__file__).parent.parent / "mappings"

TO_FILL_IN = ("teams", "people", "products", "customers")
"""The mappings of a company that begins, in the order in which they refer to each other."""

_FILE_NAME = validate.Regexp(
    r"^[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,119}$", error="Must be the name of a file, without folder."
)


class WrongMappingError(InvalidInputError):
    """The mapping cannot be understood; `errors` says where."""

    code = "import.wrong_mapping"
    title = N_("The mapping file has mistakes.")


class UnknownMappingError(NotFoundError):
    """No mapping of this name comes with the product."""

    code = "import.unknown_mapping"
    title = N_("There is no mapping of this name.")


def shipped_mappings() -> list[str]:
    """Return the names of the mappings that come with the product."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def columns_to_fill_in(name: str) -> list[str]:
    """
    Return the columns of the one file of a shipped mapping, in the order of its fields.

    :raises UnknownMappingError: if none of this name is meant to be filled in by hand
    """
    if name not in TO_FILL_IN:
        raise UnknownMappingError(name)
    [step] = shipped_mapping(name).step
    return [column for rule in step.fields.values() for column in rule.columns]


def shipped_mapping(name: str) -> Mapping:
    """Return a mapping that comes with the product.

    :raises UnknownMappingError: if there is none of this name
    """
    if name not in shipped_mappings():
        raise UnknownMappingError(name)
    return parse_mapping((SHIPPED / f"{name}.toml").read_text("utf-8"), name=name)


def parse_mapping(toml: str, *, name: str) -> Mapping:
    """Read a mapping file. Whether the fields exist is checked when it is used.

    :raises WrongMappingError: if it has mistakes; `errors` maps each place to its reasons
    """
    try:
        mapping: Mapping = _MappingSchema().load(tomllib.loads(toml) | {"name": name})
    except tomllib.TOMLDecodeError as error:
        raise WrongMappingError({"toml": [str(error)]}) from error
    except ValidationError as error:
        raise WrongMappingError(error.messages_dict) from error
    return mapping


def _as_in_a_file(value: Any) -> Any:
    """Return a TOML value as the text a CSV file would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, (dict, list)) else str(value)


class _RuleSchema(Schema):
    column = fields.String()
    template = fields.String()
    value = fields.String()
    values = fields.Dict(keys=fields.String(), values=fields.String())
    null = fields.List(fields.String())
    default = fields.String()

    @pre_load
    def _a_name_is_a_column(self, given: Any, **_kwargs: Any) -> Any:
        if isinstance(given, str):
            return {"column": given}
        if not isinstance(given, dict):
            raise ValidationError("Must be a column's name or a table.")
        if len({"column", "template", "value"} & set(given)) != 1:
            raise ValidationError("Needs exactly one of column, template and value.")
        values = given.get("values")
        if isinstance(values, dict):
            given = given | {"values": {key: _as_in_a_file(text) for key, text in values.items()}}
        return {key: _as_in_a_file(value) for key, value in given.items()}

    @post_load
    def _make(self, given: dict[str, Any], **_kwargs: Any) -> Rule:
        return Rule(**given | {"null": frozenset(given.get("null", ()))})


class _JoinSchema(Schema):
    file = fields.String(required=True, validate=_FILE_NAME)
    name = fields.String(required=True, validate=validate.Regexp(r"^\w+$"))
    column = fields.String(required=True)
    key = fields.String(required=True)

    @post_load
    def _make(self, given: dict[str, Any], **_kwargs: Any) -> Join:
        return Join(**given)


class _LinesSchema(Schema):
    file = fields.String(required=True, validate=_FILE_NAME)
    column = fields.String(required=True)
    key = fields.String(required=True)
    # A schema's own `fields` is taken.
    rules = fields.Dict(
        keys=fields.String(), values=fields.Nested(_RuleSchema), required=True, data_key="fields"
    )

    @post_load
    def _make(self, given: dict[str, Any], **_kwargs: Any) -> Lines:
        return Lines(fields=given.pop("rules"), **given)


class _StepSchema(Schema):
    entity = fields.String(required=True)
    file = fields.String(required=True, validate=_FILE_NAME)
    join = fields.List(fields.Nested(_JoinSchema))
    lines = fields.Nested(_LinesSchema)
    distinct = fields.Boolean()
    default_created_on = fields.Raw()
    rules = fields.Dict(
        keys=fields.String(), values=fields.Nested(_RuleSchema), required=True, data_key="fields"
    )

    @post_load
    def _make(self, given: dict[str, Any], **_kwargs: Any) -> Step:
        rules: dict[str, Rule] = given.pop("rules")
        day = given.pop("default_created_on", None)
        if day is not None:
            rules["default_created_on"] = Rule(value=str(day))
        given["join"] = tuple(given.get("join", ()))
        return Step(fields=rules, **given)


class _MappingSchema(Schema):
    name = fields.String(required=True)
    description = fields.String()
    currency = fields.String(load_default="", validate=validate.Regexp("^([A-Z]{3})?$"))
    encoding = fields.String(validate=validate.OneOf(["utf-8", "utf-16", "cp1252", "latin-1"]))
    delimiter = fields.String(validate=validate.OneOf([",", ";", "\t", "|"]))
    null = fields.List(fields.String())
    day_formats = fields.List(fields.String(), validate=validate.Length(min=1))
    decimal = fields.String(validate=validate.OneOf([".", ","]))
    thousands = fields.String(validate=validate.OneOf([".", ",", " ", "'", ""]))
    step = fields.List(fields.Nested(_StepSchema), required=True, validate=validate.Length(min=1))

    @post_load
    def _make(self, given: dict[str, Any], **_kwargs: Any) -> Mapping:
        formats = {
            name: given.pop(name)
            for name in ("day_formats", "decimal", "thousands")
            if name in given
        }
        if "null" in given:
            given["null"] = frozenset(given["null"])
        given["step"] = tuple(given["step"])
        return Mapping(formats=Formats(currency=given["currency"], **formats), **given)
