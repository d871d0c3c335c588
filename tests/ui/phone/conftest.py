"""The real app in this process, on a real database: one phone a test, in any look."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import tests.ui.phone.kivy_setup  # noqa: F401 - before anything of Kivy
from mobile.settings import Look
from tests.fakes.phone import FakeClock, MemorySecrets
from tests.ui.phone.phone import Phone, start_app
from tests.ui.phone.territory import OUTLETS, Territory, fill

StartPhone = Callable[..., Phone]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemorySecrets, Territory]:
    """Return an enrolled phone to copy: filling one writes a lot."""
    folder = tmp_path_factory.mktemp("prepared") / "phone"
    recorder, territory = fill(folder, FakeClock())
    recorder.database.close()
    secrets = recorder._secrets
    assert isinstance(secrets, MemorySecrets)
    return folder, secrets, territory


@pytest.fixture
def enrolled(
    tmp_path: Path, prepared: tuple[Path, MemorySecrets, Territory]
) -> tuple[Path, MemorySecrets, Territory]:
    """Return the folder, the secrets and the territory of an enrolled phone."""
    folder, secrets, territory = prepared
    shutil.copytree(folder, tmp_path / "phone")
    return tmp_path / "phone", MemorySecrets(**secrets._secrets), territory


@pytest.fixture
def territory(enrolled: tuple[Path, MemorySecrets, Territory]) -> Territory:
    return enrolled[2]


@pytest.fixture
def start(
    enrolled: tuple[Path, MemorySecrets, Territory], clock: FakeClock
) -> Iterator[StartPhone]:
    """Return a function that starts the app; by default the rep stands at the first outlet."""
    with ExitStack() as running:

        def start_phone(
            *,
            at: str | None = OUTLETS[0][0],
            folder: Path = enrolled[0],
            look: Look | None = None,
            secrets: MemorySecrets = enrolled[1],
            is_still: bool = True,
        ) -> Phone:
            running.close()  # one window, so one app at a time
            phone = start_app(
                folder,
                clock=clock,
                secrets=secrets,
                place=enrolled[2].place(at) if at else None,
                look=look,
                is_still=is_still,
            )
            return running.enter_context(phone)

        yield start_phone


@pytest.fixture
def phone(start: StartPhone) -> Phone:
    """Return a phone in flight mode at the first outlet, before the day."""
    return start()
