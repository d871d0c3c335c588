"""What the menu holds, in its order."""

from typing import Protocol

from mobile.screens.deals.view_model import DealService, deals_note
from mobile.screens.expenses.view_model import ExpenseService, expenses_note
from mobile.screens.more.view_model import Entry
from mobile.screens.tasks.view_model import TaskService, tasks_note
from mobile.services.views import SyncStatus
from shared.i18n import N_


class SyncService(Protocol):
    """Knows how phone and server stand."""

    def status(self) -> SyncStatus:
        """Return what the last attempt has shown."""


def entries(
    *, deals: DealService, tasks: TaskService, expenses: ExpenseService, sync: SyncService
) -> list[Entry]:
    """Return the entries; each reads what it says about its screen when it is shown."""
    return [
        Entry(screen="map", icon="map-outline", title=N_("Map")),
        Entry(screen="numbers", icon="chart-box-outline", title=N_("My numbers")),
        Entry(
            screen="deals",
            icon="handshake-outline",
            title=N_("Deals"),
            note=lambda: deals_note(deals),
        ),
        Entry(
            screen="tasks",
            icon="clipboard-check-outline",
            title=N_("Tasks"),
            note=lambda: tasks_note(tasks),
        ),
        Entry(
            screen="expenses",
            icon="cash-multiple",
            title=N_("Expenses"),
            note=lambda: expenses_note(expenses),
        ),
        Entry(screen="records", icon="eye-outline", title=N_("What is recorded about me")),
        Entry(screen="settings", icon="cog-outline", title=N_("Settings")),
        Entry(
            screen="enrol",
            icon="cellphone-check",
            title=N_("Connect this phone again"),
            is_shown=lambda: sync.status().must_connect,
        ),
    ]
