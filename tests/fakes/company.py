"""A small company on a real server: two reps, a manager, two outlets, two products, one stop."""

import datetime as dt
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.security import generate_password_hash

from server.customers.models import Customer, CustomerAssignment
from server.identity import operations as identity
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.products.models import Product
from server.teams.models import Team, TeamLead, TeamMembership
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import CustomerClass, Role, StopState

PASSWORD = "rahasia-sekali"
# Scrypt is slow on purpose: a hash for each person of each company took half of most tests here.
_PASSWORD_HASH = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
ZONE = "Asia/Jakarta"
MAJU = (-6.2000, 106.9000)
JAYA = (-6.3000, 107.0000)


@dataclass
class Company:
    """Ids of what `found_company` made."""

    app: Flask
    team: str = field(default_factory=new_id)
    manager: str = ""
    sari: str = ""
    budi: str = ""
    maju: str = field(default_factory=new_id)
    jaya: str = field(default_factory=new_id)
    stop: str = field(default_factory=new_id)
    tag: str = field(default_factory=lambda: new_id()[-12:])
    """Keeps codes apart where a database holds several companies."""
    soda: str = field(default_factory=new_id)
    soap: str = field(default_factory=new_id)

    def enrolment_code(self, rep_id: str) -> str:
        """Return a code for one phone of this person."""
        with self.app.app_context(), transaction():
            return identity.create_enrolment_code(user_id=rep_id, at=utc_now(), by=None)


def found_company(app: Flask) -> Company:
    """Fill the database."""
    company = Company(app)
    now = utc_now()
    today = business_day(now, ZONE)
    with app.app_context(), transaction():
        company.manager = add_person(f"manager{company.tag}", "Rina Hartono", Role.MANAGER, now)
        company.sari = add_person(f"sari{company.tag}", "Sari Dewi", Role.REP, now)
        company.budi = add_person(f"budi{company.tag}", "Budi Santoso", Role.REP, now)
        db.session.add(Team(id=company.team, code=f"BKS{company.tag}", name="Bekasi"))
        db.session.flush()
        db.session.add(TeamLead(team_id=company.team, user_id=company.manager))
        long_ago = today - dt.timedelta(days=400)
        for rep_id in (company.sari, company.budi):
            db.session.add(TeamMembership(user_id=rep_id, team_id=company.team, start_on=long_ago))
        _customer(company.maju, "Toko Maju", MAJU, company.sari, company.team, now)
        _customer(company.jaya, "Toko Jaya", JAYA, company.sari, company.team, now)
        for product_id, name, price_minor in (
            (company.soda, "Soda", 5_000_00),
            (company.soap, "Soap", 12_500_00),
        ):
            db.session.add(
                Product(
                    id=product_id,
                    sku=f"{name.upper()}-{company.tag}",
                    name=name,
                    price_minor=price_minor,
                    created_at=now,
                    updated_at=now,
                )
            )
        db.session.flush()
        db.session.add(
            JourneyStop(
                id=company.stop,
                rep_id=company.sari,
                customer_id=company.maju,
                day=today,
                sequence=1,
                state=StopState.PLANNED,
                created_at=now,
                updated_at=now,
            )
        )
        db.session.flush()
        record_changed("product", company.soda, company.soap)
        record_changed("customer", company.maju, company.jaya)
        record_changed("stop", company.stop)
    return company


def add_person(code: str, name: str, role: Role, now: dt.datetime) -> str:
    """Add somebody who signs in with `PASSWORD`; the caller commits. Return the id."""
    user = identity.create_user(code=code, name=name, role=role, time_zone=ZONE, at=now)
    user.password_hash = _PASSWORD_HASH
    return user.id


def _customer(
    customer_id: str,
    name: str,
    place: tuple[float, float],
    rep_id: str,
    team_id: str,
    now: dt.datetime,
) -> None:
    db.session.add(
        Customer(
            id=customer_id,
            code=f"C-{customer_id[-12:]}",
            name=name,
            customer_class=CustomerClass.A,
            latitude=place[0],
            longitude=place[1],
            location_version=1,
            owner_id=rep_id,
            team_id=team_id,
            created_at=now,
            updated_at=now,
        )
    )
    db.session.flush()
    db.session.add(
        CustomerAssignment(
            customer_id=customer_id,
            rep_id=rep_id,
            start_on=business_day(now, ZONE) - dt.timedelta(days=30),
        )
    )
