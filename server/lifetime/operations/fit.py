"""Fits the models of buying to all won deals, and keeps what they say of each customer."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Row, delete, insert

from server.lifetime.models import CustomerLifetime, LifetimeFit
from server.lifetime.operations.bg_nbd import BgNbd
from server.lifetime.operations.gamma_gamma import GammaGamma
from server.lifetime.operations.history import BuyingHistory
from server.lifetime.operations.likelihood import NotFittedError
from server.lifetime.operations.value import MONTHS, WEEKS_A_MONTH, predicted_values
from server.lifetime.queries import buying_histories
from server.platform.access import SYSTEM
from server.platform.database import db
from shared.money import to_major, to_minor
from shared.sync.ids import new_id

FEWEST_REPEAT_CUSTOMERS = 50
"""Below this many the parameters mean little."""


def fit_lifetime_values(*, last_day: dt.date, now: dt.datetime, currency: str) -> LifetimeFit:
    """
    Fit both models to what was won up to and including a day, and replace the predictions.

    Without enough customers who bought again, or where no parameters are found, the fit says why
    in `problem`, and there are no predictions: an old one would be taken for a new one.
    """
    rows = buying_histories(access=SYSTEM, last_day=last_day)
    history = _history(rows, last_day, currency)
    fit = LifetimeFit(
        id=new_id(),
        fitted_at=now,
        first_day=min((row.first_day for row in rows), default=None),
        last_day=last_day,
        customers=len(history),
        repeat_customers=int(history.bought_again.sum()),
    )
    db.session.add(fit)
    db.session.execute(delete(CustomerLifetime))
    if fit.repeat_customers < FEWEST_REPEAT_CUSTOMERS:
        fit.problem = "too_few_customers"
        return fit
    try:
        purchases, value = BgNbd.fit(history), GammaGamma.fit(history)
    except NotFittedError:
        fit.problem = "not_fitted"
        return fit
    fit.r, fit.alpha, fit.a, fit.b = purchases.r, purchases.alpha, purchases.a, purchases.b
    fit.p, fit.q, fit.gamma = value.p, value.q, value.gamma
    fit.purchases_log_likelihood = purchases.log_likelihood
    fit.value_log_likelihood = value.log_likelihood
    db.session.flush()
    db.session.execute(
        insert(CustomerLifetime), _predictions(fit.id, purchases, value, history, currency)
    )
    return fit


def _history(rows: Sequence[Row[Any]], last_day: dt.date, currency: str) -> BuyingHistory:
    repeats = np.array([row.purchase_days - 1 for row in rows], dtype=float)
    # One product rounds a sum of minor units once; means need no exact arithmetic.
    unit = float(to_major(1, currency))
    total = np.array([float(row.repeat_minor) for row in rows]) * unit
    return BuyingHistory(
        customer_ids=[row.customer_id for row in rows],
        repeats=repeats,
        recency_weeks=np.array([(row.last_day - row.first_day).days / 7 for row in rows]),
        age_weeks=np.array([(last_day - row.first_day).days / 7 for row in rows]),
        mean_value=np.divide(total, repeats, out=np.zeros_like(total), where=repeats > 0),
    )


def _predictions(
    fit_id: str, purchases: BgNbd, value: GammaGamma, history: BuyingHistory, currency: str
) -> list[dict[str, Any]]:
    columns = zip(
        history.customer_ids,
        history.repeats.tolist(),
        history.recency_weeks.tolist(),
        history.age_weeks.tolist(),
        history.mean_value.tolist(),
        purchases.probability_alive(history).tolist(),
        purchases.expected_purchases(history, MONTHS * WEEKS_A_MONTH).tolist(),
        predicted_values(purchases, value, history).tolist(),
        strict=True,
    )
    return [
        {
            "customer_id": customer_id,
            "fit_id": fit_id,
            "repeats": int(repeats),
            "recency_weeks": recency,
            "age_weeks": age,
            "mean_value_minor": to_minor(Decimal(mean), currency),
            "probability_alive": alive,
            "expected_purchases": expected,
            "value_minor": to_minor(Decimal(worth), currency),
        }
        for customer_id, repeats, recency, age, mean, alive, expected, worth in columns
    ]
