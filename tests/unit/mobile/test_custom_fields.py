"""A phone that heard of custom fields before its app knew them has them after the update."""

import json
from pathlib import Path

from mobile.storage import customers, own_fields
from mobile.storage.database import Database
from tests.fakes.older_app import make_older

ORG = "org"


def test_values_come_from_what_the_server_said_and_definitions_are_fetched(tmp_path: Path) -> None:
    path = tmp_path / "phone.db"
    older = make_older(path, 19)
    own = {"custom.ice": True, "custom.size": 12.5, "custom.note": 'a "b"', "custom.gone": None}
    for row_id, base in (("1", {"name": "Toko", **own}), ("2", {"name": "Warung"})):
        columns = customers.columns(base) | {"id": row_id, "base": json.dumps(base)}
        columns.pop("custom_fields")
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        older.execute(f"INSERT INTO customer ({names}) VALUES ({marks})", [*columns.values()])  # noqa: S608
    older.execute("INSERT INTO row_scope VALUES ('custom_field', 'f', ?, 3)", (ORG,))
    older.execute("INSERT INTO cursor (scope, position, staged_position) VALUES (?, 9, 9)", (ORG,))
    older.commit()
    older.close()

    database = Database(path)
    with database.read() as connection:
        found = {
            row["id"]: own_fields.values(row)
            for row in connection.execute("SELECT * FROM customer")
        }
        [cursor] = connection.execute("SELECT position, staged_position FROM cursor")
        assert (cursor["position"], cursor["staged_position"]) == (0, 0)
    database.close()
    assert found == {"1": {"ice": True, "size": 12.5, "note": 'a "b"'}, "2": {}}
