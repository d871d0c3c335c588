"""The pipeline on the phone alone: making, changing, moving deals, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mobile.screens.deal.view_model import DealViewModel
from mobile.screens.line.view_model import LineViewModel
from mobile.screens.sync.values import both_values
from mobile.services.customers import CustomerService
from mobile.services.deal_views import DealFields, DealLine
from mobile.services.deals import DealClosedError, DealService, LostReasonMissingError
from mobile.services.numbers import NumbersService, Span
from mobile.services.products import ProductService
from mobile.services.recorder import Recorder
from mobile.services.settings import SettingsService
from mobile.storage import device
from shared.i18n import set_language
from shared.metrics.kpis.revenue import REVENUE
from shared.schemas.limits import InvalidRecordError
from shared.sync.ids import new_id
from shared.vocabulary import USUAL_LEAD_SOURCES
from tests.fakes.phone import FakeClock, a_customer, make_recorder, pull

MAJU, SODA = new_id(), new_id()
STAGES = (
    ("lead", "lead"),
    ("opportunity", "open"),
    ("won", "won"),
    ("lost", "lost"),
)
LOCALE = Path(__file__).parents[3] / "mobile" / "locale"


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", FakeClock())
    pull(
        recorder,
        *(
            ("stage", key, 1, {"name": key.title(), "kind": kind, "position": position})
            for position, (key, kind) in enumerate(STAGES, start=1)
        ),
        ("lost_reason", "price", 1, {"name": "Price too high", "position": 1}),
        ("product", SODA, 1, {"sku": "S-1", "name": "Soda", "price_minor": 5_000_00}),
        ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)),
    )
    yield recorder
    recorder.database.close()


@pytest.fixture
def deals(recorder: Recorder) -> DealService:
    return DealService(recorder=recorder)


def soda(quantity: int = 10, price_minor: int = 5_000_00, discount_minor: int = 0) -> DealLine:
    return DealLine(
        product_id=SODA,
        product_name="Soda",
        quantity=quantity,
        price_minor=price_minor,
        discount_minor=discount_minor,
    )


def fields(*lines: DealLine, amount_minor: int = 0, title: str = "Cooler") -> DealFields:
    return DealFields(
        title=title,
        source="Referral",
        amount_minor=amount_minor,
        lines=lines,
        expected_close_on=None,
        note="",
    )


def loads(deals: DealService) -> dict[str, tuple[int, int]]:
    return {stage.key: (stage.count, stage.amount_minor) for stage in deals.stages() if stage.count}


def test_a_deal_stands_in_its_stage_with_its_value(deals: DealService) -> None:
    deals.create(MAJU, fields(amount_minor=900_00))
    deal_id = deals.create(MAJU, fields(soda(10, discount_minor=1_000_00)))

    assert loads(deals) == {"lead": (2, 900_00 + 49_000_00)}
    deals.move(deal_id, "opportunity")
    assert loads(deals) == {"lead": (1, 900_00), "opportunity": (1, 49_000_00)}
    deal = deals.get(deal_id)
    assert (deal.customer_name, deal.lines[0].total_minor) == ("Toko Maju", 49_000_00)
    assert deals.sources()[:2] == ["Referral", "Canvassing"]


def test_leads_come_from_where_the_company_says_once_it_has_said_it(
    recorder: Recorder, deals: DealService
) -> None:
    deals.create(MAJU, fields(amount_minor=900_00))
    assert len(deals.sources()) == len(USUAL_LEAD_SOURCES)
    words = ("own_2", "Pameran", 1), ("own_1", "Canvassing", 2)
    pull(
        recorder,
        *(
            ("lead_source", key, 1, {"name": name, "position": position})
            for key, name, position in words
        ),
    )
    assert deals.sources() == ["Pameran", "Canvassing"]


def test_a_new_deal_is_in_a_currency_of_the_company_and_keeps_it(
    recorder: Recorder, deals: DealService
) -> None:
    form = DealViewModel(
        deals=deals,
        customers=CustomerService(recorder=recorder),
        products=ProductService(database=recorder.database),
        drafts=SettingsService(database=recorder.database),
    )
    form.begin(customer_id=MAJU)
    assert not form.state.has_currencies
    with recorder.database.write() as connection:
        device.keep_organisation(connection, {"currencies": ["IDR", "USD"]})
    form.begin(customer_id=MAJU)
    assert (form.state.currency, form.state.has_currencies) == ("IDR", True)
    form.put_line(SODA, form.line_of(SODA))
    assert not form.state.may_choose_currency, "its prices are in rupiah"
    form.put_line(SODA, None)
    form.choose_currency("USD")
    form.type(amount="12.50")
    form.keep()
    form.begin(customer_id=MAJU)
    form.save()

    [deal] = deals.of_stage("lead", limit=9)
    assert (deal.amount_minor, deal.currency, deal.worth_minor) == (12_50, "USD", None)
    assert [(each.amount_minor, each.waiting) for each in deals.stages() if each.count] == [(0, 1)]
    form.begin(deal.id)
    assert (form.state.currency, form.state.may_choose_currency) == ("USD", False)
    line = form.line_of(SODA)
    assert not line.is_priced, "the list knows no price in dollars"
    screen = LineViewModel()
    screen.begin(line, form.currency, lambda line: form.put_line(SODA, line))
    assert screen.state.problem("price") == "No price in USD. Write one."
    assert not screen.save()
    screen.type(price="0.40")
    assert screen.save()
    assert form.line_of(SODA).price_minor == 40


def test_a_new_deal_is_in_the_currency_of_the_customers_orders(
    recorder: Recorder, deals: DealService
) -> None:
    shop = a_customer("Toko Maju", latitude=-6.2, longitude=106.9) | {"currency": "SGD"}
    soda: dict[str, object] = {"sku": "S", "name": "Soda", "price_minor": 1, "prices": {"SGD": 90}}
    pull(recorder, ("customer", MAJU, 2, shop), ("product", SODA, 2, soda))
    form = DealViewModel(
        deals=deals,
        customers=CustomerService(recorder=recorder),
        products=ProductService(database=recorder.database),
        drafts=SettingsService(database=recorder.database),
    )
    form.begin()
    assert form.state.currency == "IDR"
    form.choose_customer(MAJU)

    assert (form.state.currency, form.state.has_currencies) == ("SGD", True)
    assert form.line_of(SODA).price_minor == 90


def test_a_change_records_only_what_differs(recorder: Recorder, deals: DealService) -> None:
    deal_id = deals.create(MAJU, fields(soda()))
    deals.change(deal_id, fields(soda()))
    deals.change(deal_id, replace(fields(soda()), note="Wants it in May"))

    with recorder.database.read() as connection:
        kinds = [row[0] for row in connection.execute("SELECT kind FROM outbox ORDER BY sequence")]
    assert kinds == ["c", "p"]
    assert deals.get(deal_id).note == "Wants it in May"


def test_a_conflict_is_told_in_words(deals: DealService) -> None:
    set_language("en", LOCALE)
    mine = {"stage_key": "opportunity", "lines": [{"quantity": 2, "unit_price_minor": 5_00}]}
    theirs = {"stage_key": "lost", "lines": [], "amount_minor": 7}

    words = both_values(mine, theirs, pipeline=deals)

    assert "You: Opportunity\nThe office: Lost" in words
    assert "You: 1 product, Rp 10\nThe office: Rp 0.07" in words.replace("\xa0", " ")
    assert both_values({"title": "x"}, None, pipeline=deals) == ""
    abroad = both_values({"amount_minor": 1_200_00}, theirs | {"currency": "USD"}, pipeline=deals)
    assert "You: USD 1,200\nThe office: USD 0.07" in abroad.replace("\xa0", "")
    ridden = both_values({"mileage_m": 12_000}, {"mileage_m": 9_500}, pipeline=deals)
    assert ridden == "Mileage\nYou: 12.0 km\nThe office: 9.5 km"


def test_a_lost_deal_says_why_and_a_slip_is_taken_back(deals: DealService) -> None:
    deal_id = deals.create(MAJU, fields(amount_minor=1))
    with pytest.raises(LostReasonMissingError):
        deals.move(deal_id, "lost")

    [reason] = deals.lost_reasons()
    deals.move(deal_id, "lost", reason=reason)
    assert deals.get(deal_id).lost_reason == "Price too high"
    with pytest.raises(DealClosedError):
        deals.change(deal_id, fields())
    deals.move(deal_id, "lead")

    assert (deals.get(deal_id).stage_key, deals.get(deal_id).lost_reason) == ("lead", "")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (soda(0), "quantity"),
        (soda(-1), "quantity"),
        (soda(1_000_001), "quantity"),
        (soda(1, -5), "unit_price_minor"),
        (soda(1, 2**53 + 1), "unit_price_minor"),
        (soda(1, 100, 101), "discount_minor"),
        (soda(1, 100, -1), "discount_minor"),
    ],
)
def test_impossible_lines_are_refused_and_nothing_is_recorded(
    deals: DealService, line: DealLine, field: str
) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        deals.create(MAJU, fields(line))

    assert refused.value.field.startswith("lines.0")
    assert field in refused.value.field or line.quantity < 0
    assert loads(deals) == {}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": "-3"}, "quantity"),
        ({"quantity": "1000001"}, "quantity"),
        ({"price": "free"}, "price"),
        ({"price": "9" * 17}, "price"),
        ({"discount": "1,000,000"}, "discount"),
        ({"discount": "x"}, "discount"),
    ],
)
def test_the_form_says_what_is_wrong_with_a_line(typed: dict[str, str], field: str) -> None:
    set_language("en", LOCALE)
    given: list[DealLine | None] = []
    model = LineViewModel()
    model.begin(soda(), "IDR", given.append)

    model.type(**typed)
    assert not model.save()

    assert model.state.problem(field)
    assert given == []
    model.type(quantity="3", price="1,000.50", discount="0.50")
    assert model.save()
    assert given == [soda(3, 1_000_50, 50)]


def a_deal(stage: str, amount_minor: int, **more: object) -> dict[str, object]:
    fields = {
        "stage_key": stage,
        "amount_minor": amount_minor,
        "currency": "USD",
        "title": "Export",
    }
    return {"customer_id": MAJU, "base_amount_minor": 0, "waits_for_rate": False, **fields, **more}


def test_a_deal_in_another_currency_is_worth_what_the_office_says(
    recorder: Recorder, deals: DealService
) -> None:
    waits, known = new_id(), new_id()
    pull(
        recorder,
        ("deal", waits, 1, a_deal("lead", 20_00, waits_for_rate=True)),
        ("deal", known, 1, a_deal("lead", 10_00, base_amount_minor=162_500_00)),
        ("deal", new_id(), 1, a_deal("lead", 1_000_00, currency="IDR", base_amount_minor=1_000_00)),
    )

    [lead] = [stage for stage in deals.stages() if stage.count]
    assert (lead.count, lead.amount_minor, lead.waiting) == (3, 163_500_00, 1)
    assert (deals.get(known).worth_minor, deals.get(known).currency) == (162_500_00, "USD")
    assert deals.get(waits).worth_minor is None

    deals.change(known, replace(fields(amount_minor=30_00), title="Export"))
    assert deals.get(known).amount_minor == 30_00
    assert deals.get(known).worth_minor is None, "that was said of another amount"
    deals.change(known, fields(amount_minor=30_00, title="Named anew"))
    pull(recorder, ("deal", known, 3, a_deal("lead", 30_00, base_amount_minor=487_500_00)))
    assert loads(deals)["lead"] == (3, 1_000_00), "until what was changed is answered"


def test_own_numbers_have_no_revenue_while_the_office_has_not_converted_a_deal(
    recorder: Recorder, deals: DealService
) -> None:
    numbers = NumbersService(recorder=recorder)
    today, sold = deals.today().isoformat(), new_id()
    pull(recorder, ("deal", sold, 1, a_deal("won", 10_00, closed_on=today, waits_for_rate=True)))
    [revenue] = [each for each in numbers.numbers(Span.MONTH).numbers if each.metric is REVENUE]
    assert (revenue.value.value, revenue.value.reason) == (None, "missing_rate")

    worth = a_deal("won", 10_00, closed_on=today, base_amount_minor=162_500_00)
    pull(recorder, ("deal", sold, 2, worth))
    [revenue] = [each for each in numbers.numbers(Span.MONTH).numbers if each.metric is REVENUE]
    assert revenue.value.value == 162_500
