"""The menu is kept from one page to the next, yet each sees only what is theirs."""

import re

from flask.testing import FlaskClient

from tests.factories.company import Company, sign_in


def menu(client: FlaskClient, address: str) -> tuple[list[str], list[str]]:
    """Return where the menu of a page leads, and which entry it marks as the present one."""
    page = client.get(address).get_data(as_text=True)
    found = re.search(r"<nav aria-label=.*?</nav>", page, re.DOTALL)
    assert found
    marked = re.findall(r'href="([^"]+)"[^>]*aria-current="page"', found[0])
    return re.findall(r'href="([^"#]+)"', found[0]), marked


def test_each_role_has_its_own_menu_whoever_came_before(
    client: FlaskClient, company: Company
) -> None:
    del company
    menus: dict[str, list[str]] = {}
    for name in ("admin", "sari", "budi", "sari", "admin"):
        sign_in(client, name)
        entries, marked = menu(client, "/visits")
        assert marked == ["/visits"]
        assert menus.setdefault(name, entries) == entries

    assert "/users" in menus["admin"]
    assert "/users" not in menus["budi"]
    assert "/users" not in menus["sari"]
    assert len(menus["sari"]) < len(menus["budi"]) < len(menus["admin"])


def test_it_speaks_the_readers_language_and_marks_the_present_page(
    client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "budi")

    for language, word in (("id", "Menu utama"), ("en", "Main menu"), ("id", "Menu utama")):
        client.set_cookie("language", language)
        assert f'aria-label="{word}"' in client.get("/customers").get_data(as_text=True)
    assert menu(client, "/customers")[1] == ["/customers"]
    assert menu(client, "/tasks")[1] == ["/tasks"]
