"""A small company for tests: two teams, a manager each, reps, customers, products."""

import datetime as dt
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from server.customers.models import Customer, CustomerAssignment
from server.identity.models import User
from server.metrics.rollups.assigned import count_assigned
from server.metrics.rollups.lists import number_customers
from server.metrics.rollups.scope import Scope
from server.platform.database import db
from server.products.models import Product
from server.teams.models import Team, TeamLead, TeamMembership
from shared.sync.ids import new_id
from shared.vocabulary import CustomerClass, Role

PASSWORD = "correct horse"
ZONE = "Asia/Jakarta"
FOUNDED_ON = dt.date(2026, 1, 1)
FOUNDED_AT = dt.datetime(2026, 1, 1, 1, 0, tzinfo=dt.UTC)
# Scrypt is slow on purpose; once is enough for everybody in the tests.
_PASSWORD_HASH = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")


@dataclass(frozen=True)
class Company:
    """Ids of everybody and everything. Budi leads east with Sari and Joko, Dewi west with Rina."""

    admin: str
    budi: str
    dewi: str
    sari: str
    joko: str
    rina: str
    east: str
    west: str
    shop: str
    """A customer of Sari's at Monas, radius 100 m."""
    kiosk: str
    """A customer of Rina's."""
    tea: str
    rice: str


def found_company() -> Company:
    """Add the company to the session; the caller commits."""
    east, west = _team("east"), _team("west")
    people = {
        name: _user(name, role)
        for name, role in {
            "admin": Role.ADMIN,
            "budi": Role.MANAGER,
            "dewi": Role.MANAGER,
            "sari": Role.REP,
            "joko": Role.REP,
            "rina": Role.REP,
        }.items()
    }
    db.session.flush()
    for rep, team in (("sari", east), ("joko", east), ("rina", west)):
        db.session.add(
            TeamMembership(user_id=people[rep], team_id=team, start_on=FOUNDED_ON, end_on=None)
        )
    db.session.add(TeamLead(team_id=east, user_id=people["budi"]))
    db.session.add(TeamLead(team_id=west, user_id=people["dewi"]))
    shop = _customer("Toko Maju", owner_id=people["sari"], team_id=east)
    kiosk = _customer("Kios Rina", owner_id=people["rina"], team_id=west)
    tea = _product("TEA", "Tea", "Drinks", 5_000_00)
    rice = _product("RICE", "Rice", "Staples", 65_000_00)
    db.session.flush()
    count_customers_of(people["sari"], people["rina"])
    return Company(**people, east=east, west=west, shop=shop, kiosk=kiosk, tea=tea, rice=rice)


def add_customer(
    name: str,
    *,
    owner_id: str,
    team_id: str,
    latitude: float = -6.1754,
    longitude: float = 106.8272,
) -> str:
    """Add a customer that belongs to a rep from the company's first day."""
    customer_id = _customer(
        name, owner_id=owner_id, team_id=team_id, latitude=latitude, longitude=longitude
    )
    db.session.flush()
    count_customers_of(owner_id)
    return customer_id


def count_customers_of(*rep_ids: str) -> None:
    """Do what a worker does once these reps have other customers, without any mark."""
    scope = Scope(rep_ids=rep_ids)
    number_customers(scope)
    count_assigned(scope)


def sign_in(client: FlaskClient, name: str) -> FlaskClient:
    """Sign a person of the company in; return the client."""
    answer = client.post("/api/v1/session", json={"user": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.get_json()
    return client


def _customer(
    name: str,
    *,
    owner_id: str,
    team_id: str,
    latitude: float = -6.1754,
    longitude: float = 106.8272,
) -> str:
    customer = Customer(
        id=new_id(),
        code=name.upper().replace(" ", "-"),
        name=name,
        customer_class=CustomerClass.A,
        latitude=latitude,
        longitude=longitude,
        radius_m=100,
        location_version=1,
        owner_id=owner_id,
        team_id=team_id,
        created_at=FOUNDED_AT,
        updated_at=FOUNDED_AT,
    )
    db.session.add(customer)
    db.session.flush()
    db.session.add(
        CustomerAssignment(customer_id=customer.id, rep_id=owner_id, start_on=FOUNDED_ON)
    )
    return customer.id


def _team(code: str) -> str:
    team = Team(id=new_id(), code=code, name=code.title())
    db.session.add(team)
    return team.id


def _user(code: str, role: Role) -> str:
    user = User(
        id=new_id(),
        code=code,
        name=code.title(),
        role=role,
        time_zone=ZONE,
        quota_carrying=role is Role.REP,
        password_hash=_PASSWORD_HASH,
        created_at=FOUNDED_AT,
    )
    db.session.add(user)
    return user.id


def _product(sku: str, name: str, category: str, price_minor: int) -> str:
    product = Product(
        id=new_id(),
        sku=sku,
        name=name,
        category=category,
        price_minor=price_minor,
        cost_minor=price_minor * 8 // 10,
        created_at=FOUNDED_AT,
        updated_at=FOUNDED_AT,
    )
    db.session.add(product)
    return product.id
