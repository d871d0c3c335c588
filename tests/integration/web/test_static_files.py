"""Static texts travel packed to who can unpack them, and are kept by the browser for a year."""

import gzip
import re
from typing import Any

from flask.testing import FlaskClient


def address(client: FlaskClient, name: str) -> str:
    page = client.get("/sign-in").get_data(as_text=True)
    found = re.search(rf'"(/assets/{name}[^"]*)"', page)
    assert found
    return found[1]


def get(client: FlaskClient, url: str, **headers: str) -> tuple[Any, bytes]:
    """Return an answer, closed, and its body."""
    with client.get(url, headers=headers) as answer:
        return answer, answer.get_data()


def test_a_style_sheet_is_packed_kept_and_the_same(client: FlaskClient) -> None:
    url = address(client, "css/parts.css")
    plain, body = get(client, url)
    packed, small = get(client, url, **{"Accept-Encoding": "br, gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == body
    assert len(small) < len(body) / 2
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert "max-age=31536000" in packed.headers["Cache-Control"]
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert get(client, url, **known)[0].status_code == 304


def test_pages_and_fonts_stay_as_they_are(client: FlaskClient) -> None:
    accepted = {"Accept-Encoding": "gzip"}
    page, _ = get(client, "/sign-in", **accepted)
    font, _ = get(client, address(client, "vendor/fontsource"), **accepted)

    assert "Content-Encoding" not in page.headers
    assert "Content-Encoding" not in font.headers
