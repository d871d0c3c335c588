"""What customers will be worth: purchases to come times their value, discounted month by month."""

import numpy as np

from server.lifetime.operations.bg_nbd import BgNbd
from server.lifetime.operations.gamma_gamma import GammaGamma
from server.lifetime.operations.history import BuyingHistory, Floats

WEEKS_A_MONTH = 4.345
MONTHS = 12
MONTHLY_DISCOUNT = 0.01


def predicted_values(purchases: BgNbd, value: GammaGamma, history: BuyingHistory) -> Floats:
    """Return what each customer will buy within 12 months, in today's money: n values."""
    until = [
        purchases.expected_purchases(history, month * WEEKS_A_MONTH) for month in range(MONTHS + 1)
    ]
    monthly = np.diff(np.array(until), axis=0)
    discount = (1 + MONTHLY_DISCOUNT) ** -np.arange(1, MONTHS + 1)
    return (monthly * discount[:, np.newaxis]).sum(axis=0) * value.expected_value(history)
