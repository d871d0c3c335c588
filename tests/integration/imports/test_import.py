"""Importing files that are right: what is there afterwards, and after doing it again."""

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from server.customers.models import Customer, CustomerAssignment
from server.deals.models import Deal, DealLine, StageChange
from server.identity.models import User
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.events import day_changed, records_changed
from server.products.models import Product
from server.teams.models import Team, TeamLead, TeamMembership
from shared.vocabulary import Role, StageKind
from tests.integration.imports.conftest import FILES, MAPPING, Import, everything, outcomes


def test_files_become_people_customers_products_and_deals(app: Flask, run_import: Import) -> None:
    report = run_import()

    assert outcomes(report) == {
        "team": (2, 0, 0, 0),
        "user": (3, 0, 0, 0),
        "customer": (2, 0, 0, 0),
        "product": (2, 0, 0, 0),
        "deal": (4, 0, 0, 0),
    }
    with app.app_context():
        sari = db.session.scalars(select(User).where(User.code == "1")).one()
        assert (sari.name, sari.role, sari.password_hash) == ("Sari Dewi", Role.REP, None)
        assert sari.time_zone == "Asia/Jakarta"
        toko = db.session.scalars(select(Customer).where(Customer.code == "T-1")).one()
        assert (toko.name, toko.customer_class, toko.phone) == ("Toko Maju", "A", "+62 812-1")
        assert (toko.latitude, toko.longitude, toko.location_version) == (-6.175392, 106.827153, 1)
        assert toko.owner_id == sari.id
        timur = db.session.scalars(select(Team).where(Team.code == "Timur")).one()
        assert toko.team_id == timur.id
        prices = {row.sku: row.price_minor for row in db.session.scalars(select(Product))}
        assert prices == {"TEH": 550_000, "GULA": 1_725_050}


def test_deals_have_days_amounts_lines_and_history(app: Flask, run_import: Import) -> None:
    run_import()

    with app.app_context():
        deals = {deal.code: deal for deal in db.session.scalars(select(Deal))}
        won, lost, going, lead = (deals[f"D-{number}"] for number in range(1, 5))
        assert (won.kind, won.amount_minor, won.currency) == (StageKind.WON, 125_000_000, "IDR")
        assert (won.lead_day, won.opportunity_day) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2))
        assert won.closed_day == dt.date(2026, 3, 10)
        assert won.closed_at == dt.datetime(2026, 3, 10, 5, 0, 1, tzinfo=dt.UTC)
        assert won.lead_rep_id == won.opportunity_rep_id == won.closed_rep_id == won.owner_id
        # Without an amount in the file: what its product costs.
        assert (lost.amount_minor, going.amount_minor) == (1_725_050, 1_725_050)
        assert (lead.kind, lead.lead_day) == (StageKind.LEAD, dt.date(2026, 3, 31))
        assert (lead.opportunity_day, lead.closed_day, lead.customer_id) == (None, None, None)
        [line] = db.session.scalars(select(DealLine).where(DealLine.deal_id == won.id))
        assert (line.quantity, line.unit_price_minor, line.amount_minor) == (
            1,
            125_000_000,
            125_000_000,
        )
        moves = db.session.execute(
            select(StageChange.from_stage, StageChange.to_stage, StageChange.day)
            .where(StageChange.deal_id == won.id)
            .order_by(StageChange.at)
        )
        assert [tuple(move) for move in moves] == [
            (None, "opportunity", dt.date(2026, 3, 2)),
            ("opportunity", "won", dt.date(2026, 3, 10)),
        ]
        assert (lead.stage_since, won.stage_since) == (lead.lead_day, won.closed_day)


def test_a_second_import_changes_nothing(app: Flask, run_import: Import) -> None:
    run_import()
    before = everything(app)

    report = run_import()

    assert all(counts[:2] == (0, 0) for counts in outcomes(report).values())
    assert outcomes(report)["deal"] == (0, 0, 4, 0)
    assert everything(app) == before


def test_a_dry_run_checks_everything_and_writes_nothing(app: Flask, run_import: Import) -> None:
    before = everything(app)

    report = run_import("--dry-run")

    assert report["dry_run"] is True
    assert outcomes(report)["deal"] == (4, 0, 0, 0)
    assert everything(app) == before
    with app.app_context():
        assert db.session.scalars(select(AuditEntry)).all() == []


def test_what_changed_in_the_files_changes_here_and_nothing_else(
    app: Flask, run_import: Import, folder: Path
) -> None:
    run_import()
    changed = FILES["deals.csv"].replace(
        "D-3;2;T-2;GULA;Jalan;05/03/2026;;", "D-3;2;T-2;GULA;Menang;05/03/2026;20/03/2026;34.501"
    )
    (folder / "deals.csv").write_text(changed, "utf-8")
    (folder / "outlets.csv").write_text(
        FILES["outlets.csv"].replace("Toko Maju", "Toko Maju Jaya"), "utf-8"
    )
    marked: set[tuple[str, dt.date]] = set()
    written: dict[str, list[str]] = {}

    def mark(_sender: object, *, rep_id: str, days: set[dt.date]) -> None:
        marked.update((rep_id, day) for day in days)

    def note(_sender: object, *, entity: str, record_ids: list[str]) -> None:
        written.setdefault(entity, []).extend(record_ids)

    with day_changed.connected_to(mark), records_changed.connected_to(note):
        report = run_import()

    assert outcomes(report)["deal"] == (0, 1, 3, 0)
    assert outcomes(report)["customer"] == (0, 1, 1, 0)
    with app.app_context():
        deal = db.session.scalars(select(Deal).where(Deal.code == "D-3")).one()
        assert (deal.kind, deal.amount_minor, deal.version) == ("won", 3_450_100, 2)
        assert deal.field_versions["stage_key"] == 2
        assert "customer_id" not in deal.field_versions
        toko = db.session.scalars(select(Customer).where(Customer.code == "T-1")).one()
        assert (toko.name, toko.field_versions) == ("Toko Maju Jaya", {"name": 2})
        assert written == {"customer": [toko.id], "deal": [deal.id]}
        assert marked == {
            (deal.owner_id, dt.date(2026, 3, 5)),
            (deal.owner_id, dt.date(2026, 3, 20)),
        }
        moves = db.session.scalars(
            select(StageChange.to_stage)
            .where(StageChange.deal_id == deal.id)
            .order_by(StageChange.at)
        )
        assert list(moves) == ["opportunity", "won"]
        assert deal.stage_since == deal.closed_day


def test_a_deal_whose_lines_alone_differ_is_a_new_version(
    app: Flask, run_import: Import, folder: Path
) -> None:
    run_import()
    (folder / "deals.csv").write_text(
        FILES["deals.csv"].replace("D-1;1;T-1;TEH", "D-1;1;T-1;GULA"), "utf-8"
    )

    report = run_import()

    assert outcomes(report)["deal"] == (0, 1, 3, 0)
    with app.app_context():
        deal = db.session.scalars(select(Deal).where(Deal.code == "D-1")).one()
        assert (deal.version, deal.field_versions) == (2, {"lines": 2})
        sku = db.session.scalar(
            select(Product.sku)
            .join(DealLine, DealLine.product_id == Product.id)
            .where(DealLine.deal_id == deal.id)
        )
        assert sku == "GULA"


def test_moving_to_another_team_keeps_the_time_in_the_first(
    app: Flask, run_import: Import, folder: Path
) -> None:
    run_import()
    (folder / "people.csv").write_text(
        FILES["people.csv"].replace("1;Sari;Dewi;Timur", "1;Sari;Dewi;Barat"), "utf-8"
    )

    run_import(mapping=MAPPING.replace("01/01/2026", "01/06/2026"))

    with app.app_context():
        rows = db.session.execute(
            select(Team.code, TeamMembership.start_on, TeamMembership.end_on)
            .join(Team, Team.id == TeamMembership.team_id)
            .join(User, User.id == TeamMembership.user_id)
            .where(User.code == "1")
            .order_by(TeamMembership.start_on)
        )
        assert [tuple(row) for row in rows] == [
            ("Timur", dt.date(2026, 1, 1), dt.date(2026, 6, 1)),
            ("Barat", dt.date(2026, 6, 1), None),
        ]
        # The deal was won while Sari was in the first team.
        deal = db.session.scalars(select(Deal).where(Deal.code == "D-1")).one()
        assert deal.team_id == db.session.scalar(select(Team.id).where(Team.code == "Timur"))


def test_a_customer_given_to_another_rep_keeps_its_past(
    app: Flask, run_import: Import, folder: Path
) -> None:
    since = MAPPING.replace('owner = "owner"', 'owner = "owner"\nowner_since = "since"')
    rows = "code;name;class;phone;owner;lat;lon;since\nT-1;Toko;Gold;;{};;;{}\nT-2;B;;;;;;\n"
    (folder / "outlets.csv").write_text(rows.format(1, "01/02/2026"), "utf-8")
    run_import(mapping=since)
    (folder / "outlets.csv").write_text(rows.format(3, "01/05/2026"), "utf-8")

    run_import(mapping=since)

    with app.app_context():
        found = db.session.execute(
            select(User.code, CustomerAssignment.start_on, CustomerAssignment.end_on)
            .join(User, User.id == CustomerAssignment.rep_id)
            .order_by(CustomerAssignment.start_on)
        )
        assert [tuple(row) for row in found] == [
            ("1", dt.date(2026, 2, 1), dt.date(2026, 5, 1)),
            ("3", dt.date(2026, 5, 1), None),
        ]


@pytest.mark.parametrize(
    ("encoding", "bom"), [("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("cp1252", b"")]
)
def test_encodings_and_delimiters_are_found_out(
    app: Flask, run_import: Import, folder: Path, encoding: str, bom: bytes
) -> None:
    for name, text in FILES.items():
        (folder / name).write_bytes(bom + text.replace(";", "\t").encode(encoding))

    report = run_import()

    assert report["problems"] == []
    with app.app_context():
        found = db.session.scalar(select(Customer.name).where(Customer.code == "T-2"))
        assert found == "Warung Béla"


def test_a_manager_leads_the_team_the_mapping_names(
    app: Flask, run_import: Import, folder: Path
) -> None:
    (folder / "people.csv").write_text("nip,boss,area\n1,Budi,Jabar\n2,Budi,Jabar\n")
    mapping = """
currency = "IDR"
[[step]]
entity = "team"
file = "people.csv"
distinct = true
[step.fields]
code = { template = "Tim {boss}" }
name = { template = "Tim {boss}" }
[[step]]
entity = "user"
file = "people.csv"
distinct = true
[step.fields]
code = "boss"
name = "boss"
role = { value = "manager" }
leads = { template = "Tim {boss}" }
quota_carrying = { value = false }
"""

    report = run_import(mapping=mapping)

    assert outcomes(report) == {"team": (1, 0, 0, 0), "user": (1, 0, 0, 0)}
    with app.app_context():
        row = db.session.execute(
            select(Team.code, User.code, User.quota_carrying)
            .join(TeamLead, TeamLead.team_id == Team.id)
            .join(User, User.id == TeamLead.user_id)
        ).one()
        assert tuple(row) == ("Tim Budi", "Budi", False)
