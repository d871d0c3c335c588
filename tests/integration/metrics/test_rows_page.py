"""The page behind a number: its rows, its file, and who may open it."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient

from tests.factories.company import Company, sign_in

MARCH = "period=custom&from=2026-03-01&to=2026-03-31"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def test_the_total_of_the_page_is_the_number_of_the_tile(
    client: FlaskClient, busy_company: Company
) -> None:
    del busy_company
    sign_in(client, "budi")
    overview = page(client, f"/?{MARCH}")
    link = re.search(r'class="tile-value"><a href="(/numbers/revenue[^"]*)"', overview)
    assert link

    behind = page(client, link[1].replace("&amp;", "&"))

    tile = re.search(r'id="tile-revenue"[^>]* data-value="([^"]+)"', overview)
    total = re.search(r'class="big-number number" data-value="([^"]+)"', behind)
    assert tile
    assert total
    assert tile[1] == total[1]
    assert "3 rows add up to" in behind
    assert len(re.findall(r'href="/deals/[0-9a-f-]{36}"', behind)) == 3


def test_the_file_holds_the_same_rows_and_adds_up(
    client: FlaskClient, busy_company: Company
) -> None:
    del busy_company
    sign_in(client, "budi")

    answer = client.get(f"/numbers/revenue.csv?{MARCH}&lang=en")

    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(lines) == 1 + 3
    assert sum(float(line[5]) for line in lines[1:]) == 9000


@pytest.mark.parametrize("sort", ["amount", "-amount", "rep", "customer", "day", "nonsense"])
def test_rows_are_sorted_by_what_the_address_says(
    client: FlaskClient, busy_company: Company, sort: str
) -> None:
    del busy_company
    sign_in(client, "admin")

    shown = page(client, f"/numbers/revenue?{MARCH}&sort={sort}")

    amounts = [
        int(each.replace(".", "").replace(",", ""))
        for each in re.findall(r"Rp\xa0([\d.,]+)</td>", shown)
    ]
    assert sorted(amounts) == [1000, 2000, 6000]
    if sort.endswith("amount"):
        assert amounts == sorted(amounts, reverse=sort.startswith("-"))


def test_a_middle_value_leads_to_the_deals_it_is_the_middle_of(
    client: FlaskClient, busy_company: Company
) -> None:
    sign_in(client, "budi")

    shown = page(client, f"/numbers/average_purchase_value_median?{MARCH}")
    exported = client.get(f"/numbers/average_purchase_value_median.csv?{MARCH}")

    assert "Rp\xa02,000, the middle of 3" in shown
    assert "3 rows" in shown
    assert exported.status_code == 200
    assert len(exported.get_data(as_text=True).splitlines()) == 4
    for key in ("revenue_per_rep&part=denominator", "target_attainment", "first_call_time"):
        name, _, part = key.partition("&")
        assert page(client, f"/numbers/{name}?{MARCH}&{part}")
        assert client.get(f"/numbers/{name}.xlsx?{MARCH}&{part}").status_code == 200


def test_customers_that_count_once_are_rows_that_lead_to_those_the_caller_sees(
    client: FlaskClient, busy_company: Company
) -> None:
    # A shop of Sari's at which Joko has sold something as well.
    shop = f'href="/customers/{busy_company.shop}"'
    address = f"/numbers/active_outlets?{MARCH}"

    for name, sees in (("budi", True), ("sari", True), ("joko", False)):
        sign_in(client, name)
        shown = page(client, address)
        assert (shop in shown) is sees, name
        lines = page(client, address.replace("?", ".csv?") + "&lang=en").splitlines()
        header, *rows = csv.reader(io.StringIO("\n".join(lines)))
        assert header[-2:] == ["First day", "Visits or orders"]
        assert len(rows) == 1
        assert "1 row adds up to 1" in shown
        client.delete("/api/v1/session")


def test_parts_of_a_ratio_open_apart_and_nonsense_shows_the_first(
    client: FlaskClient, busy_company: Company
) -> None:
    del busy_company
    sign_in(client, "admin")

    above = page(client, f"/numbers/strike_rate?{MARCH}&part=numerator")
    below = page(client, f"/numbers/strike_rate?{MARCH}&part=denominator")
    odd = page(client, f"/numbers/strike_rate?{MARCH}&part=tail&page=99999")

    assert "3 rows add up to 3" in above
    assert "4 rows add up to 4" in below
    assert "3 rows add up to 3" in odd
    assert client.get("/numbers/happiness").status_code == 404


def test_nobody_opens_the_rows_of_others(client: FlaskClient, busy_company: Company) -> None:
    assert client.get("/numbers/revenue").status_code == 302
    sign_in(client, "dewi")

    assert client.get(f"/numbers/revenue?{MARCH}&rep={busy_company.sari}").status_code == 404
    assert "0 rows" in page(client, f"/numbers/revenue?{MARCH}")
