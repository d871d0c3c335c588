"""What tells that an answer is about a rep, and every address that could be asked about one."""

import re
from collections.abc import Iterator, Mapping

from flask import Flask
from sqlalchemy import or_, select

from server.customers.models import Customer
from server.identity.models import User
from server.platform.database import db
from tests.support.pages import EXPORTS, NO_PAGES, PAGES

_REP = re.compile(r"(\w+_)?(rep|owner)_id")
_FILES_OF_ALL = frozenset({"/assets/<path:filename>", "/live/stream"})


def signs_of(rep_id: str) -> frozenset[str]:
    """Return the ids of all rows that name the rep, and names and codes that nobody else has."""
    theirs = select(Customer.name).where(Customer.owner_id != rep_id)
    own = select(Customer.code, Customer.name).where(
        Customer.owner_id == rep_id, Customer.name.not_in(theirs)
    )
    found = {text for row in db.session.execute(own) for text in row}
    found |= {rep_id, db.session.get_one(User, rep_id).name}
    for table in db.metadata.sorted_tables:
        named = [column == rep_id for column in table.c if _REP.fullmatch(column.name)]
        if named and "id" in table.c:
            found |= set(db.session.scalars(select(table.c.id).where(or_(*named))))
    return frozenset(str(sign) for sign in found)


def all_addresses(app: Flask, ids: Mapping[str, str]) -> Iterator[str]:
    """
    Yield the pages, the files and the questions of the API, about the rep where they name somebody.

    :param ids: of things of the rep, by their kind
    """
    for path in (*(listed.path for listed in PAGES), *EXPORTS):
        yield path.format(**ids)
    query = f"{ids['days']}&from={ids['monday']}&by=rep&metrics=revenue"
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        is_data = rule.rule.startswith("/api/v1/") or rule.rule in NO_PAGES - _FILES_OF_ALL
        if is_data and "GET" in (rule.methods or ()):
            given = {name: ids.get(name.removesuffix("_id"), ids["rep"]) for name in rule.arguments}
            if "kind" in given:
                given["kind"] = "csv"
            yield f"{adapter.build(rule.endpoint, given)}?{query}"
