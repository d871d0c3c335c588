"""The forms of a page that change something, and sending one as a browser would."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form: where it goes, and what a browser sends of it when nothing is typed."""

    action: str
    """As written; empty: to the page itself."""
    id: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._textarea: dict[str, str] | None = None
        self._text: list[str] = []
        self._by_id: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("id", ""))
            if given.get("method", "get").lower() == "post":
                self.forms.append(self._form)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            fields = self._fields()
            if "selected" in given or self._select not in fields:
                fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea, self._text = given, []
        elif tag == "input" and name and "disabled" not in given:
            is_box = given.get("type") in {"checkbox", "radio"}
            if not is_box or "checked" in given:
                self._put(name, given.get("value", "yes" if is_box else ""), given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            # A browser drops the first line break of a text.
            text = "".join(self._text).removeprefix("\n")
            self._put(self._textarea.get("name", ""), text, self._textarea)
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        for form_id, name, value in self._by_id:
            for form in self.forms:
                if form.id == form_id:
                    form.fields[name] = value

    def _fields(self) -> dict[str, str]:
        return self._form.fields if self._form else {}

    def _put(self, name: str, value: str, given: Mapping[str, str]) -> None:
        if "form" in given:
            self._by_id.append((given["form"], name, value))
        elif self._form:
            self._form.fields[name] = value


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page that are posted, in their order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.forms


def form_to(page: str, action: str, names: Collection[str] = ()) -> dict[str, str]:
    """
    Return the fields of the form that goes there; one that says nothing goes to its own page.

    :param names: of fields; where several go to one place, the one with most of them is meant
    :raises LookupError: if there is none
    """
    forms = forms_of(page)
    for wanted in (action, ""):
        found = [form.fields for form in forms if form.action.partition("?")[0] == wanted]
        if found:
            return max(found, key=lambda fields: len(fields.keys() & set(names)))
    raise LookupError(action, [form.action for form in forms])


def send(client: FlaskClient, page: str, action: str = "", **typed: str) -> TestResponse:
    """Open a page, type into its form that goes to `action`, and send it; follow where it leads.

    :param action: empty: to the page itself
    """
    target = action or page.partition("?")[0]
    fields = form_to(client.get(page).text, target, typed) | typed
    return client.post(target, data=fields, follow_redirects=True)


def take_back(client: FlaskClient, page: str) -> TestResponse:
    """Press *Undo* in the notice of a page; follow where it leads."""
    notice = page.partition(" notice")[2]
    form = forms_of(notice)[0]
    return client.post(form.action, data=form.fields, follow_redirects=True)
