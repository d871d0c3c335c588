"""The page of expenses: who sees it, who decides, and what leaves it as a file."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.factories.company import sign_in
from tests.integration.expenses.test_expenses import expenses  # noqa: F401 - a fixture
from tests.support.forms import take_back


def decide(client: FlaskClient, ids: list[str], decision: str, reason: str = "") -> str:
    """Decide on the page; return the page that follows."""
    token = re.findall(
        r'name="csrf_token" value="([^"]+)"', client.get("/expenses").get_data(as_text=True)
    )
    fields = MultiDict([("csrf_token", token[0]), ("decision", decision), ("reason", reason)])
    fields.setlist("expense", [f"{expense}.1" for expense in ids])
    answer = client.post("/expenses/decisions?state=submitted", data=fields)
    if answer.status_code == 422:
        return answer.get_data(as_text=True)
    assert answer.headers["Location"] == "/expenses?state=submitted"
    return client.get(answer.headers["Location"]).get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "amounts", "decides"),
    [
        ("admin", {"50,000", "5,000", "70,000", "90,000"}, 1),
        ("budi", {"50,000", "5,000", "90,000"}, 1),
        ("dewi", {"70,000"}, 1),
        ("sari", {"50,000", "5,000", "1,000"}, 0),
        ("joko", set(), 0),
    ],
)
def test_each_role_sees_its_expenses(
    client: FlaskClient,
    expenses: dict[str, str],  # noqa: F811
    name: str,
    amounts: set[str],
    decides: int,
) -> None:
    del expenses
    sign_in(client, name)

    page = client.get("/expenses").get_data(as_text=True)

    assert set(re.findall(r'<td class="right">Rp\s?([\d,]+)</td>', page)) >= amounts
    assert ("Approve</button>" in page) == bool(decides)


def test_a_stranger_is_sent_away_and_a_rep_decides_nothing(
    client: FlaskClient,
    expenses: dict[str, str],  # noqa: F811
) -> None:
    assert client.get("/expenses").headers["Location"].startswith("/sign-in")
    assert client.get("/expenses.csv").status_code == 302
    sign_in(client, "sari")
    token = re.findall(
        r'name="csrf_token" value="([^"]+)"', client.get("/expenses").get_data(as_text=True)
    )
    fields = {"csrf_token": token[0], "decision": "approved", "expense": expenses["fuel"]}
    assert client.post("/expenses/decisions", data=fields).status_code == 403


def test_many_are_decided_at_once_and_a_rejection_says_why(
    client: FlaskClient,
    expenses: dict[str, str],  # noqa: F811
) -> None:
    sign_in(client, "budi")
    both = [expenses["fuel"], expenses["parking"]]

    assert "Say why the expense is rejected." in decide(client, both, "rejected")
    assert "Choose the expenses first." in decide(client, [], "approved")
    told = decide(client, both, "rejected", "No receipt")
    assert "2 expenses are decided." in told

    page = client.get("/expenses?state=rejected").get_data(as_text=True)
    assert page.count("No receipt") == 2
    assert "By rep and month" in page
    back = take_back(client, told)
    assert "2 expenses wait for a decision again." in back.get_data(as_text=True)
    assert "No receipt" not in client.get("/expenses?state=rejected").get_data(as_text=True)


def test_the_list_leaves_as_a_file_with_the_filters_of_the_page(
    client: FlaskClient,
    expenses: dict[str, str],  # noqa: F811
) -> None:
    del expenses
    sign_in(client, "dewi")

    text = client.get("/expenses.csv?state=submitted").get_data(as_text=True)

    assert [line.split(",")[3] for line in text.splitlines()[1:]] == ["70000.00"]
    assert client.get("/expenses.xlsx").status_code == 200
