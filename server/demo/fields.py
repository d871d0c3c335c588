"""The custom fields of the demo company, and what its outlets have in them."""

import datetime as dt
from typing import Any

from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.rows import Rows
from server.demo.territory import Outlet
from server.fields.models import FieldRow
from shared.vocabulary import CustomerClass, FieldKind

_REFRIGERATOR, _SIZE, _TERMS = "refrigerator", "shop_size", "payment_terms"
OLD_COLUMN = "Kode lama"
"""A column that an import kept, and nobody has defined yet."""
_CASH, _TWO_WEEKS, _MONTH = "cash", "14_days", "30_days"
_CHOICES = (
    (_CASH, "Cash", "Tunai"),
    (_TWO_WEEKS, "14 days", "14 hari"),
    (_MONTH, "30 days", "30 hari"),
)
_FIELDS: tuple[tuple[str, FieldKind, str, str, dict[str, Any]], ...] = (
    (_REFRIGERATOR, FieldKind.YES_NO, "Refrigerator", "Kulkas", {"by_reps": True}),
    (
        _SIZE,
        FieldKind.WHOLE,
        "Shop size (m²)",
        "Luas toko (m²)",
        {
            "by_reps": True,
            "hint": "What customers walk on, without the store room.",
            "hint_id": "Ruang jualan saja, tanpa gudang.",
        },
    ),
    (_TERMS, FieldKind.CHOICE, "Payment terms", "Termin pembayaran", {"choices": _CHOICES}),
)
_SIZES_M2 = {CustomerClass.A: 180.0, CustomerClass.B: 60.0, CustomerClass.C: 14.0}
_FILLED_IN = 0.8


def add_fields(rows: Rows, company: Company, *, by: str) -> None:
    """
    Add the fields; where they are already, they stay as they are.

    :param by: id of the administrator who defines them
    """
    defined_at = company.opened_at
    for position, (key, kind, label, label_id, more) in enumerate(_FIELDS, start=1):
        rows.add(
            FieldRow,
            id=_id(company, key, defined_at),
            key=key,
            kind=kind,
            position=position,
            label=label,
            label_id=label_id,
            hint=more.get("hint", ""),
            hint_id=more.get("hint_id", ""),
            is_required=False,
            by_reps=more.get("by_reps", False),
            choices=[[*choice, False] for choice in more.get("choices", ())],
            changed_at=defined_at,
            changed_by=by,
            retired_at=None,
            version=1,
        )


def values_of(outlet: Outlet, *, seed: int) -> dict[str, Any]:
    """Return what an outlet has in the fields; of some nobody has said."""
    chance = Chance.of(seed, "fields", outlet.code)
    is_small = outlet.customer_class is CustomerClass.C
    terms = (6, 1, 0) if is_small else (1, 3, 2)
    values = {
        _REFRIGERATOR: chance.happens(0.35 if is_small else 0.9),
        _SIZE: max(4, round(chance.about(_SIZES_M2[outlet.customer_class], spread=0.4))),
        _TERMS: chance.choices((_CASH, _TWO_WEEKS, _MONTH), weights=terms)[0],
    }
    kept: dict[str, Any] = {
        key: value for key, value in values.items() if chance.happens(_FILLED_IN)
    }
    if outlet.is_founding and chance.happens(0.5):
        kept[OLD_COLUMN] = f"{chance.randint(100, 999)}/{outlet.customer_class}"
    return kept


def _id(company: Company, key: str, at: dt.datetime) -> str:
    return Chance.of(company.seed, "field", key).record_id(at)
