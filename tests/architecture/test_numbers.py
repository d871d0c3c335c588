"""Steps of both databases have one number each: two with the same number would run in any order."""

import ast

import pytest

from tests.support.checkout import ROOT

FOLDERS = ("mobile/storage/schema/*.sql", "server/migrations/versions/*.py", "docs/adr/*.md")


@pytest.mark.parametrize("pattern", FOLDERS)
def test_numbers_go_up_by_one(pattern: str) -> None:
    numbers = sorted(
        int(file.name.partition("_")[0].partition("-")[0]) for file in ROOT.glob(pattern)
    )

    assert numbers == list(range(1, len(numbers) + 1))


def test_each_migration_says_its_number_and_follows_the_one_before() -> None:
    """Alembic goes by what a file says of itself, a reader by its name."""
    files = sorted(ROOT.glob("server/migrations/versions/*.py"))
    names = [file.name.partition("_")[0] for file in files]

    said = [_constants(file.read_text("utf-8")) for file in files]

    assert [(each["revision"], each["down_revision"]) for each in said] == list(
        zip(names, [None, *names[:-1]], strict=True)
    )


def _constants(source: str) -> dict[str, object]:
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
