"""Deals that take their time: from a lead through the stages to won, lost or disqualified."""

import datetime as dt
from collections.abc import Sequence

from server.customers.models import Customer
from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.names import Names
from server.demo.orders import OrderLine, priced
from server.demo.people import Rep
from server.demo.rows import Rows
from server.demo.seasons import demand, is_working_day
from server.demo.stories import (
    DISQUALIFIED,
    LEAD,
    LOST,
    NEGOTIATION,
    OPPORTUNITY,
    PROPOSAL,
    WON,
    Move,
    Story,
    add_story,
)
from server.demo.territory import Outlet
from shared.vocabulary import CustomerClass

_WAY = (LEAD, OPPORTUNITY, PROPOSAL, NEGOTIATION)

# Source, its share of the leads, and how much better or worse than usual they are.
_SOURCES = (
    ("Referral", 24, 1.45),
    ("Walk-in", 17, 1.1),
    ("Instagram", 21, 0.75),
    ("Marketplace", 14, 0.85),
    ("Exhibition", 9, 1.2),
    ("Cold call", 15, 0.6),
)
# What a deal is about, how often, and how many cartons of each product.
_SUBJECTS = (
    ("Pasokan acara kantor", 3, 18),
    ("Kontrak rak pajangan", 3, 30),
    ("Lemari pendingin dan isi", 2, 34),
    ("Paket hampers", 2, 26),
    ("Listing varian baru", 4, 14),
    ("Pasokan bulanan", 3, 40),
    ("Pesta pernikahan", 2, 22),
)
_NO_MORE_NEWS = "Tidak ada kabar lagi"
_LOST_REASONS = (
    "Harga kompetitor lebih murah",
    "Tidak ada anggaran",
    _NO_MORE_NEWS,
    "Syarat pembayaran tidak cocok",
    "Pilih merek lain",
)
_DISQUALIFIED_REASONS = ("Di luar wilayah", "Bukan pemilik", "Volume terlalu kecil", "Salah nomor")
# Chance to get from each stage to the next, and the usual days in it.
_ONWARD = {
    LEAD: (0.66, 4.0),
    OPPORTUNITY: (0.7, 6.0),
    PROPOSAL: (0.72, 8.0),
    NEGOTIATION: (0.7, 7.0),
}
_FALLS_ASLEEP = 0.03
_GIVEN_UP_AFTER_DAYS = (40, 110)


def add_leads_of_day(
    rows: Rows,
    company: Company,
    rep: Rep,
    day: dt.date,
    *,
    since: dt.datetime,
    until: dt.datetime,
) -> None:
    """Add the deals whose lead this rep got on that day, as far as they have come by now.

    :param since: deals that have not moved since then are known already, and left out
    """
    chance = company.chance("leads", rep.code, day)
    mean = rep.ways.leads_per_day * demand(day, founded_on=company.founded_on)
    outlets = [outlet for outlet in company.outlets_of(rep) if outlet.joined_on < day]
    for number in range(chance.how_many(mean)):
        lead = company.chance("lead", rep.code, day, number)
        at = company.at(day, lead.uniform(8 * 60, 17 * 60))
        source, _, luck = lead.choices(_SOURCES, [weight for _, weight, _ in _SOURCES])[0]
        new_outlet = lead.happens(0.11)
        subject, size = _subject(lead)
        outlet = lead.choice(outlets)
        story = Story(
            deal_id=lead.record_id(at),
            rep=rep,
            customer_id=outlet.id,
            title=f"{subject}: {outlet.name}",
            source=source,
            lines=_lines(lead, company, outlet, size),
            currency=outlet.currency,
        )
        _tell(lead, company, story, at=at, day=day, luck=luck, may_win=not new_outlet)
        if not any(since <= move.at <= until for move in story.moves):
            continue
        if new_outlet:
            _make_prospect(rows, company, story, lead, at=at)
        add_story(rows, company, story, until=until)


def add_first_deal(rows: Rows, company: Company, outlet: Outlet, *, until: dt.datetime) -> None:
    """Add the deal by which this outlet was won as a customer."""
    chance = company.chance("first deal", outlet.code)
    source, _, luck = chance.choices(_SOURCES, [w * luck for _, w, luck in _SOURCES])[0]
    span_days = max(6.0, chance.about(24 / luck, spread=0.35))
    moves = [LEAD, OPPORTUNITY]
    moves += [stage for stage in (PROPOSAL, NEGOTIATION) if chance.happens(0.6)]
    moves.append(WON)
    story = Story(
        deal_id=chance.record_id(company.at(outlet.joined_on, 540)),
        rep=outlet.rep,
        customer_id=outlet.id,
        title=f"Pelanggan baru: {outlet.name}",
        source=source,
        lines=_lines(chance, company, outlet, 3 * outlet.size),
        currency=outlet.currency,
    )
    steps = len(moves) - 1
    for number, stage in enumerate(moves):
        days_before = round(span_days * (steps - number) / steps)
        day = _at_work(outlet.joined_on - dt.timedelta(days=days_before))
        day = min(max(day, company.deals_from), outlet.joined_on)
        # Later moves of a day come later in it.
        _move(chance, company, story, stage, day=day, minute=490 + 90 * number)
    add_story(rows, company, story, until=until)


def _tell(
    chance: Chance,
    company: Company,
    story: Story,
    *,
    at: dt.datetime,
    day: dt.date,
    luck: float,
    may_win: bool,
) -> None:
    """Let a deal go from stage to stage until it is decided; asleep, until it is given up."""
    skill = story.rep.ways.closing * luck
    story.moves.append(Move(chance.record_id(at), LEAD, at, day))
    for number, stage in enumerate(_WAY):
        usual_share, usual_days = _ONWARD[stage]
        days = max(1, round(chance.about(usual_days / story.rep.ways.closing**0.5, spread=0.55)))
        if chance.happens(_FALLS_ASLEEP):
            day = _at_work(day + dt.timedelta(days=chance.randint(*_GIVEN_UP_AFTER_DAYS)))
            story.reason = _NO_MORE_NEWS
            end = DISQUALIFIED if stage == LEAD else LOST
            _move(chance, company, story, end, day=day, minute=chance.uniform(540, 1020))
            return
        day = _at_work(day + dt.timedelta(days=days))
        # Odds, not shares, are multiplied: however good a rep is, some deals are lost.
        odds = usual_share / (1 - usual_share) * skill**0.7
        if not chance.happens(odds / (1 + odds)):
            end = DISQUALIFIED if stage == LEAD else LOST
            reasons = _DISQUALIFIED_REASONS if end == DISQUALIFIED else _LOST_REASONS
            story.reason = chance.choice(reasons)
            _move(chance, company, story, end, day=day, minute=chance.uniform(540, 1020))
            return
        following = _WAY[number + 1] if number + 1 < len(_WAY) else WON
        if following == WON and not may_win:
            story.reason = chance.choice(_LOST_REASONS)
            following = LOST
        _move(chance, company, story, following, day=day, minute=chance.uniform(540, 1020))


def _move(
    chance: Chance, company: Company, story: Story, stage: str, *, day: dt.date, minute: float
) -> None:
    at = company.at(day, minute)
    story.moves.append(Move(chance.record_id(at), stage, at, day))


def _make_prospect(
    rows: Rows, company: Company, story: Story, chance: Chance, *, at: dt.datetime
) -> None:
    """Add a shop that is no customer yet, and let the deal be about it."""
    names = Names(company.seed, subject=f"prospect {story.deal_id}")
    kind, name = names.shop(CustomerClass.B)
    customer_id = chance.record_id(at)
    rows.add(
        Customer,
        id=customer_id,
        code=f"P-{customer_id[-12:].upper()}",
        name=name,
        customer_class=CustomerClass.C,
        sector=kind,
        contact_name=names.person(),
        phone="",
        email="",
        address=names.address(),
        city=chance.choice(story.rep.person.places),
        notes="",
        latitude=None,
        longitude=None,
        radius_m=None,
        location_version=0,
        is_prospect=True,
        currency=story.currency,
        owner_id=story.rep.id,
        team_id=story.rep.team_id,
        custom_fields={},
        version=1,
        field_versions={},
        created_at=at,
        updated_at=at,
        deleted_at=None,
    )
    story.customer_id = customer_id
    story.title = f"Pelanggan baru: {name}"


def _subject(chance: Chance) -> tuple[str, float]:
    subject, _, cartons = chance.choices(_SUBJECTS, [weight for _, weight, _ in _SUBJECTS])[0]
    return subject, cartons


def _lines(chance: Chance, company: Company, outlet: Outlet, cartons: float) -> Sequence[OrderLine]:
    items = chance.sample(outlet.usual, min(chance.randint(1, 3), len(outlet.usual)))
    if chance.happens(0.45):
        new = chance.choice(company.items)
        items = [item for item in items if item.id != new.id] + [new]
    lines = []
    for item in items:
        quantity = max(1, round(chance.about(cartons, spread=0.4)))
        percent = chance.choice((0, 3, 5, 8)) if quantity >= 10 else 0
        discount_minor = quantity * item.price_minor * percent // 100
        lines.append(OrderLine(item=item, quantity=quantity, discount_minor=discount_minor))
    return priced(lines, company, outlet)


def _at_work(day: dt.date) -> dt.date:
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day
