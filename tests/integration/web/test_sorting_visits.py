"""The list of visits sorts by what it shows, on both databases alike."""

import datetime as dt

from flask import Flask

from server.platform.access import SYSTEM
from server.platform.transaction import transaction
from server.visits.queries import VisitFilter, list_visits
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit


def test_visits_sort_by_distance_length_and_time(app: Flask, company: Company) -> None:
    with app.app_context():
        with transaction():
            near, far, open_ = (
                record_visit(
                    rep_id=company.sari,
                    customer_id=company.shop,
                    at=MONDAY_9 + dt.timedelta(hours=hour),
                    metres_away=metres,
                    minutes=minutes,
                )
                for hour, metres, minutes in ((0, 10, 40), (1, 300, 5), (2, 50, None))
            )

        def order(sort: str) -> list[str]:
            page = list_visits(access=SYSTEM, where=VisitFilter(), sort=sort)
            return [visit.id for visit in page.rows]

        assert order("distance") == [near, open_, far]
        assert order("-distance") == [far, open_, near]
        assert order("duration") == [far, near, open_]
        assert order("-duration") == [near, far, open_]
        assert order("check_in") == [near, far, open_]
        assert order("nonsense") == [open_, far, near]
