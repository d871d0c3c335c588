"""Templates that others import: Python keeps one module of each for all pages."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta

from server.web.site import init_web

SERVER = Path(__file__).resolve().parents[4] / "server"
FOR_ALL_PAGES = ("ui", "filters", "tables", "tiles", "converted")


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("server", static_folder=None)
    app.secret_key = "for this test"
    init_web(app)
    return app


@pytest.mark.parametrize("name", FOR_ALL_PAGES)
def test_what_all_pages_import_looks_at_nothing_of_the_page(app: Flask, name: str) -> None:
    """A name that only the page knows would be empty there, and nobody would be told."""
    source = (SERVER / "web" / "templates" / f"{name}.html").read_text()

    asked = meta.find_undeclared_variables(app.jinja_env.parse(source))

    assert asked <= set(app.jinja_env.globals)


def test_what_all_pages_import_is_not_made_anew_for_each() -> None:
    """With the page's context each macro of it is, and holds the page until it is collected."""
    names = "|".join(FOR_ALL_PAGES)
    anew = re.compile(rf'import "({names})\.html" as \w+ with context')

    found = [str(path) for path in SERVER.rglob("*.html") if anew.search(path.read_text())]

    assert not found
