"""What is expected of one customer, against the number printed in the paper."""

import numpy as np
import pytest

from server.lifetime.operations.bg_nbd import BgNbd
from server.lifetime.operations.history import BuyingHistory


def test_the_purchases_of_the_papers_customer() -> None:
    # Fader, Hardie & Lee (2005), section 5: x = 2, t_x = 30.43, T = 38.86, the next 39 weeks.
    model = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=-9582.4)
    customer = BuyingHistory(
        customer_ids=["1"],
        repeats=np.array([2.0]),
        recency_weeks=np.array([30.43]),
        age_weeks=np.array([38.86]),
        mean_value=np.array([0.0]),
    )

    assert model.expected_purchases(customer, 39) == pytest.approx([1.226], abs=0.0005)
