"""A rep with forty outlets of all classes, and next week, which nobody has planned yet."""

import datetime as dt
import random
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.customers.models import Customer
from server.platform.database import db
from server.platform.transaction import transaction
from shared.time import Period, business_day, utc_now
from shared.vocabulary import CustomerClass
from tests.factories.company import ZONE, Company, add_customer, sign_in


@dataclass
class Planner:
    """A client of the API that plans Sari's next week."""

    client: FlaskClient
    company: Company
    today: dt.date
    week: Period
    outlets: dict[str, CustomerClass]

    @property
    def url(self) -> str:
        """Address of the week."""
        return f"/api/v1/plans/{self.company.sari}/{self.week.start}"

    @property
    def days(self) -> list[str]:
        """Monday to Sunday."""
        return [day.isoformat() for day in self.week.days()]

    def get(self) -> dict:  # type: ignore[type-arg]
        """Return the week."""
        answer = self.client.get(self.url)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def publish(self, days: dict[str, list[str]], base: str | None = None) -> dict:  # type: ignore[type-arg]
        """Publish days; return the week."""
        answer = self.client.put(
            self.url,
            json={
                "base": base or self.get()["version"],
                "days": [{"day": day, "customers": given} for day, given in days.items()],
            },
        )
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def customers(self, week: dict, day: str) -> list[str]:  # type: ignore[type-arg]
        """Return a day's customers in order."""
        return [s["customer_id"] for d in week["days"] if d["day"] == day for s in d["stops"]]


@pytest.fixture
def planner(app: Flask, client: FlaskClient, company: Company) -> Planner:
    """Return the manager of the east, signed in, before an empty week."""
    chance = random.Random(7)
    outlets: dict[str, CustomerClass] = {company.shop: CustomerClass.A}
    with app.app_context(), transaction():
        for number in range(40):
            customer = add_customer(
                f"Warung {number:02}",
                owner_id=company.sari,
                team_id=company.east,
                latitude=-6.2 + chance.uniform(-0.05, 0.05),
                longitude=106.8 + chance.uniform(-0.05, 0.05),
            )
            kind = (CustomerClass.A, CustomerClass.B, CustomerClass.C, CustomerClass.C)[number % 4]
            db.session.get_one(Customer, customer).customer_class = kind
            outlets[customer] = kind
    today = business_day(utc_now(), ZONE)
    week = Period.week(today + dt.timedelta(days=7))
    return Planner(sign_in(client, "budi"), company, today, week, outlets)
