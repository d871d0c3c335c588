"""What a formula comes to on real data, while an administrator is still writing it."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics import queries
from server.metrics.pages.view import common, read_view, setting_of
from server.platform.auth import signed_in
from server.web.languages import current_language
from server.web.metric_tiles import Reading, metric_tile
from server.web.quantities import UNIT_NAMES
from shared.metrics.definition import Direction, Family, Metric, Thresholds
from shared.metrics.formula import Unit, to_text
from shared.metrics.parsing import PROBLEMS, FormulaError, parse
from shared.vocabulary import Role

blueprint = Blueprint("preview_pages", __name__, template_folder="../templates")


@blueprint.get("/number-preview")
@signed_in(Role.ADMIN)
def preview() -> ResponseReturnValue:
    """Show the tile that the form's formula would make; a sentence where it makes none."""
    if not request.args.get("formula", "").strip():
        return render_template("metrics/preview.html", tile=None, problem="", formula="")
    try:
        metric = _metric_of_form()
    except FormulaError as error:
        words = gettext(PROBLEMS[error.code], part=error.part)
        return render_template("metrics/preview.html", tile=None, problem=words, formula="")
    view = read_view()
    question = replace(view.question([]), metrics=[metric])
    answer = queries.metric_values(access=view.access, question=question)
    compared = answer.total.values[metric.key]
    tile = metric_tile(
        Reading(
            metric=metric,
            value=compared.value,
            previous=compared.previous,
            difference=compared.difference,
            change=compared.change,
            series=(),
            rows_url="",
        ),
        setting_of(view, answer),
    )
    return render_template(
        "metrics/preview.html",
        **common(view, answer),
        tile=tile,
        problem="",
        formula=to_text(metric.formula, gettext),
    )


def _metric_of_form() -> Metric:
    given = request.args
    unit, direction = given.get("unit", ""), given.get("direction", "")
    names = [given.get(key, "")[:80].strip() for key in ("name_id", "name")]
    name = names[1] if current_language() == "en" else names[0] or names[1]
    return Metric(
        key="preview",
        name=name or gettext("New KPI"),
        description=given.get("description", "")[:1000],
        formula=parse(given["formula"]),
        unit=Unit(unit) if unit in UNIT_NAMES else Unit.COUNT,
        family=Family.KPI,
        examples=(),
        direction=Direction(direction) if direction in set(Direction) else Direction.NEUTRAL,
        thresholds=Thresholds(target=_target(given.get("target", ""))),
    )


def _target(text: str) -> Decimal | None:
    try:
        target = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return target if target.is_finite() else None
