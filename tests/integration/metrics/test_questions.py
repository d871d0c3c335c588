"""Questions about metrics: whom they answer, in which language, and how wrong ones are refused."""

from flask.testing import FlaskClient

from shared.metrics.catalog import METRICS
from shared.sync.ids import new_id
from tests.factories.company import Company, sign_in

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
WRONG = [
    ({"metrics": "calls,nonsense"}, "metrics"),
    ({"from": "2026-04-01", "to": "2026-03-01"}, "to"),
    ({"from": "2026-03-01", "to": "2026-03-01"}, "to"),
    ({"from": "0001-01-01"}, "to"),
    ({"from": "yesterday"}, "from"),
    ({"compare": "best"}, "compare"),
    ({"series": "day", "from": "2020-01-01"}, "series"),
    ({"lang": "fr"}, "lang"),
    ({"rep": "sari"}, "rep"),
]


def test_every_metric_has_a_value_or_a_reason(client: FlaskClient, busy_company: Company) -> None:
    query = {**MARCH, "lang": "id"}
    answer = sign_in(client, "admin").get("/api/v1/metrics/values", query_string=query).get_json()

    assert [value["key"] for value in answer["values"]] == list(METRICS)
    for value in answer["values"]:
        assert (
            (value["value"] is None) == (value["reason"] is not None) == bool(value["reason_text"])
        )


def test_the_catalogue_speaks_both_languages(client: FlaskClient, company: Company) -> None:
    admin = sign_in(client, "admin")

    english, indonesian = (
        {
            metric["key"]: metric
            for metric in admin.get("/api/v1/metrics", query_string={"lang": lang}).get_json()
        }
        for lang in ("en", "id")
    )

    assert list(english) == list(METRICS)
    assert english["won_deals"]["name"] == "Won deals"
    assert (
        english["opportunity_to_win_rate"]["formula"]
        == "won opportunities ÷ (won opportunities + lost opportunities)"
    )
    assert english["opportunity_to_win_rate"]["thresholds"] == {
        "target": "0.25",
        "at_risk": "0.15",
        "from_denominator": 20,
    }
    untranslated = [key for key in english if english[key]["name"] == indonesian[key]["name"]]
    assert untranslated == []


def test_a_wrong_question_names_the_field(client: FlaskClient, company: Company) -> None:
    admin = sign_in(client, "admin")

    for query, field in WRONG:
        response = admin.get("/api/v1/metrics/values", query_string={**MARCH, **query})

        assert (response.status_code, response.mimetype) == (422, "application/problem+json")
        assert field in response.get_json()["errors"]["query"], query


def test_strangers_are_sent_away_and_other_teams_do_not_exist(
    client: FlaskClient, company: Company
) -> None:
    assert client.get("/api/v1/metrics/values", query_string=MARCH).status_code == 401
    budi = sign_in(client, "budi")
    for holder in ({"rep": company.rina}, {"team": company.west}, {"rep": new_id()}):
        response = budi.get("/api/v1/metrics/values", query_string={**MARCH, **holder})
        assert response.status_code == 404
