"""Texts of templates: looked up once, in the language of the request."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale

from server.web.languages import init_languages, translated


@pytest.fixture
def site() -> Iterator[Flask]:
    site = Flask("server", static_folder=None)
    init_languages(site)
    with site.test_request_context(headers={"Accept-Language": "en"}):
        yield site


@pytest.mark.usefixtures("site")
def test_each_request_has_its_language_whatever_was_looked_up_before() -> None:
    assert translated("Save") == "Save"
    with force_locale("id"):
        assert translated("Save") == "Simpan"
    assert translated("Save") == "Save"


@pytest.mark.usefixtures("site")
def test_values_are_escaped_and_a_doubled_sign_is_one() -> None:
    assert translated("%(name)s is kept.", name="<b>") == "&lt;b&gt; is kept."
    assert translated("100%% of it") == "100% of it"


def test_templates_use_it(site: Flask) -> None:
    template = site.jinja_env.from_string("{{ _('Save') }} {{ _('%(name)s', name='<') }}")

    with force_locale("id"):
        assert template.render() == "Simpan &lt;"
