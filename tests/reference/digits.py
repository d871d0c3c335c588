"""What both databases must say of a set, digit for digit."""

import hashlib
import json
from pathlib import Path
from typing import Any

from shared.metrics.catalog import METRICS
from shared.metrics.formula import Kind
from tests.reference.conftest import BEGINNING, END, ImportedData

# A prediction is fitted in floating point, whose last digits depend on the processor.
KEYS = [
    metric.key
    for metric in METRICS.values()
    if all(measure.kind is not Kind.PREDICTION for measure in metric.measures())
]


def check_digits(imported: ImportedData) -> None:
    """
    Compare every metric, of all and of each rep, with the set's file in `digits/`.

    SQLite and PostgreSQL are compared with the same file, and so with each other. Where another
    definition changes numbers, delete the file: it is written anew, and git shows the change.
    """
    path = Path(__file__).with_name("digits") / f"{imported.name}.json"
    answer = imported.get(
        "/api/v1/metrics/values",
        metrics=",".join(KEYS),
        by="rep",
        **{"from": BEGINNING, "to": END},
    )
    reps = {group["name"]: _digits(group["values"]) for group in answer["groups"]}
    found = {
        "all": _digits(answer["values"]),
        "reps": len(reps),
        "sha256 of the reps": hashlib.sha256(json.dumps(reps, sort_keys=True).encode()).hexdigest(),
    }
    if not path.exists():
        path.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(path.read_text())


def _digits(values: list[dict[str, Any]]) -> dict[str, str]:
    """Return value, numerator and denominator as they were sent, or the reason for none."""
    return {
        value["key"]: " ".join(
            str(value[part]) for part in ("value", "numerator", "denominator", "reason")
        )
        for value in values
    }
