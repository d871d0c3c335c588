"""All metrics of this company: the built-in ones, and those it has made for itself."""

from collections.abc import Callable, Mapping

from flask import current_app, g
from flask_babel import gettext

from server.web.languages import current_language
from shared.metrics.catalog import METRICS
from shared.metrics.definition import Family, Metric

OWN_METRICS = "own_metrics"
"""Extension of the application: a function that takes `language` and returns metrics by key."""


def all_metrics() -> Mapping[str, Metric]:
    """Return every metric by key, own ones last; read once a request."""
    if "metrics" not in g:
        own: Callable[..., Mapping[str, Metric]] = current_app.extensions.get(OWN_METRICS, _none)
        g.metrics = {**METRICS, **own(language=current_language())}
    found: Mapping[str, Metric] = g.metrics
    return found


def description_of(metric: Metric) -> str:
    """Return in the reader's language what a metric says; one's own may say nothing."""
    # Of an empty text a catalogue returns its own header.
    return gettext(metric.description) if metric.description else ""


def own_metrics(family: Family) -> list[Metric]:
    """Return the company's own metrics of a family."""
    return [
        metric
        for key, metric in all_metrics().items()
        if key not in METRICS and metric.family is family
    ]


def _none(*, language: str) -> Mapping[str, Metric]:
    """Stand in for the company's own ones in an application without that feature."""
    del language
    return {}
