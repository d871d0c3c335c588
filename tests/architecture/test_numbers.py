"""Steps of both databases have one number each: two with the same number would run in any order."""

import pytest

from tests.support.checkout import ROOT

FOLDERS = ("mobile/storage/schema/*.sql", "server/migrations/versions/*.py", "docs/adr/*.md")


@pytest.mark.parametrize("pattern", FOLDERS)
def test_numbers_go_up_by_one(pattern: str) -> None:
    numbers = sorted(
        int(file.name.partition("_")[0].partition("-")[0]) for file in ROOT.glob(pattern)
    )

    assert numbers == list(range(1, len(numbers) + 1))
