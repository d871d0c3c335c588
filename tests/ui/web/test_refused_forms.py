"""What every form of the site looks like when it is refused, or somebody else was faster."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

from tests.factories.company import PASSWORD
from tests.support.application import serving
from tests.support.databases import SqliteTemplate
from tests.support.forms import send
from tests.support.office import Office, filled, opened_office, overtaken
from tests.support.site_forms import EDITS, REFUSED
from tests.ui.web.looks import against_the_rules, misplaced, without_contrast
from tests.ui.web.windows import LANGUAGES, Windows

# The forms are sent without a browser, and only what differs is shown in it: the content. To load
# each page anew would take several times as long.
_SHOW = """
async (text) => {
  const given = new DOMParser().parseFromString(text, "text/html");
  for (const { href } of given.querySelectorAll("link[rel=stylesheet]")) {
    if ([...document.querySelectorAll("link")].some((link) => link.href === href)) continue;
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    const loaded = new Promise((resolve) => { link.onload = resolve; });
    document.head.append(link);
    await loaded;
  }
  document.documentElement.lang = given.documentElement.lang;
  document.querySelector("main").replaceWith(given.querySelector("main"));
}
"""
# Fields that are refused: of the first one the page puts the focus into, and each is said why.
# Where none is, what the page says at its head has the focus.
_MARKED = """
() => !document.querySelector("main :is([aria-invalid], [data-refused])")
  ? ["nothing has the focus"]
  : [...document.querySelectorAll("main [aria-invalid]")].flatMap((field, place) => {
  const about = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const isSaid = about.some((id) => document.getElementById(id)?.matches(".bad"));
  return [
    ...(isSaid ? [] : [`not said why: ${field.outerHTML}`]),
    ...(field.autofocus === !place ? [] : [`focus: ${field.outerHTML}`]),
  ];
})
"""


def _too_late(office: Office, name: str) -> TestResponse:
    return overtaken(office, EDITS[name]).send()


def _refused(office: Office, name: str) -> TestResponse:
    page, action, typed = REFUSED[name]
    places = office.places
    given = filled(typed, places)
    return send(office.client(), page.format(**places), action.format(**places), **given)


def test_refused_forms_are_legible_and_in_place(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    sent: tuple[tuple[Callable[[Office, str], TestResponse], list[str]], ...] = (
        (_too_late, list(EDITS)),
        (_refused, list(REFUSED)),
    )
    found: dict[str, list[str]] = {}
    with (
        opened_office(sqlite_template, tmp_path_factory.mktemp("refused")) as office,
        serving(office.app) as url,
    ):
        windows = Windows(url, PASSWORD, browser, people=("admin",))
        with windows.stack:
            window = windows.of("admin", "en")
            window.page.goto(f"{url}/holidays")
            for send_it, names in sent:
                for turn, name in enumerate(names):
                    for client in office.clients.values():
                        client.set_cookie("language", LANGUAGES[turn % 2])
                    answer = send_it(office, name)
                    if answer.status_code not in {409, 422}:
                        continue  # a page like any other, with a notice
                    window.page.evaluate(_SHOW, answer.text)
                    found[f"{send_it.__name__} {name}"] = (
                        misplaced(window.page)
                        + window.page.evaluate(_MARKED)
                        + without_contrast(window.page, window.proven)
                        + against_the_rules(window.page, contrast=False, only="main")
                    )
                window.turn(1)

    assert len(found) > len(REFUSED)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
