"""One view model for each screen, made and imported when it is first wanted. No Kivy.

An app that starts shows one screen; importing all of them would take as long as all of Kivy.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from mobile.container.services import Services
from mobile.screens.view_model import PatientBackground
from mobile.settings import PhoneSettings
from shared.i18n import N_

if TYPE_CHECKING:
    from mobile.screens.bar.view_model import BarViewModel
    from mobile.screens.customer.view_model import CustomerViewModel
    from mobile.screens.customers.view_model import CustomersViewModel
    from mobile.screens.deal.view_model import DealViewModel
    from mobile.screens.deals.view_model import DealsViewModel
    from mobile.screens.enrol.view_model import EnrolViewModel
    from mobile.screens.expense.view_model import ExpenseViewModel
    from mobile.screens.expenses.view_model import ExpensesViewModel
    from mobile.screens.line.view_model import LineViewModel
    from mobile.screens.map.view_model import MapViewModel
    from mobile.screens.more.view_model import MoreViewModel
    from mobile.screens.numbers.view_model import NumbersViewModel
    from mobile.screens.order.view_model import OrderViewModel
    from mobile.screens.pick.view_model import PickViewModel
    from mobile.screens.prospect.view_model import ProspectViewModel
    from mobile.screens.questions.view_model import QuestionsViewModel
    from mobile.screens.records.view_model import RecordsViewModel
    from mobile.screens.reminders.view_model import RemindersViewModel
    from mobile.screens.settings.view_model import SettingsViewModel
    from mobile.screens.sync.view_model import SyncViewModel
    from mobile.screens.task.view_model import TaskViewModel
    from mobile.screens.tasks.view_model import TasksViewModel
    from mobile.screens.today.view_model import TodayViewModel
    from mobile.screens.visit.view_model import VisitViewModel


class ViewModels:
    """One of each screen, and the bar above all."""

    def __init__(
        self, services: Services, *, settings: PhoneSettings, background: PatientBackground
    ) -> None:
        """Take what they stand on; what may take long runs in `background`."""
        self._services = services
        self._settings = settings
        self._background = background

    @cached_property
    def bar(self) -> "BarViewModel":
        """Return what stands above all screens."""
        from mobile.screens.bar.view_model import BarViewModel

        return BarViewModel(
            sync=self._services.sync,
            route=self._services.tracks,
            connectivity=self._services.connectivity,
            gps=self._services.gps,
            clock=self._services.clock,
        )

    @cached_property
    def enrol(self) -> "EnrolViewModel":
        """Return what the screen `enrol` shows."""
        from mobile.screens.enrol.view_model import EnrolViewModel

        return EnrolViewModel(
            enrolment=self._services.enrolment,
            connectivity=self._services.connectivity,
            background=self._background,
            server=self._settings.server,
            code=self._settings.code,
        )

    @cached_property
    def today(self) -> "TodayViewModel":
        """Return what the screen `today` shows."""
        from mobile.screens.today.view_model import TodayViewModel

        return TodayViewModel(
            days=self._services.days,
            visits=self._services.visits,
            leaving=self._services.leaving,
            gps=self._services.gps,
            clock=self._services.clock,
        )

    @cached_property
    def customers(self) -> "CustomersViewModel":
        """Return what the screen `customers` shows."""
        from mobile.screens.customers.view_model import CustomersViewModel

        return CustomersViewModel(
            customers=self._services.customers, gps=self._services.gps, background=self._background
        )

    @cached_property
    def customer(self) -> "CustomerViewModel":
        """Return what the screen `customer` shows."""
        from mobile.screens.customer.view_model import CustomerViewModel

        return CustomerViewModel(
            customers=self._services.customers,
            days=self._services.days,
            visits=self._services.visits,
            gps=self._services.gps,
            clock=self._services.clock,
            links=self._services.links,
        )

    @cached_property
    def visit(self) -> "VisitViewModel":
        """Return what the screen `visit` shows."""
        from mobile.screens.photos import Photos
        from mobile.screens.visit.view_model import VisitViewModel

        return VisitViewModel(
            visits=self._services.visits,
            customers=self._services.customers,
            connectivity=self._services.connectivity,
            gps=self._services.gps,
            clock=self._services.clock,
            photos=Photos(
                photos=self._services.photos,
                camera=self._services.camera,
                background=self._background,
                zone=lambda: self._services.clock.time_zone,
            ),
            leaving=self._services.leaving,
        )

    @cached_property
    def order(self) -> "OrderViewModel":
        """Return what the screen `order` shows."""
        from mobile.screens.order.view_model import OrderViewModel

        return OrderViewModel(
            products=self._services.products,
            baskets=self._services.baskets,
            visits=self._services.visits,
            drafts=self._services.choices,
        )

    @cached_property
    def questions(self) -> "QuestionsViewModel":
        """Return what the screen `questions` shows."""
        from mobile.screens.questions.view_model import QuestionsViewModel

        return QuestionsViewModel(
            form=self._services.form,
            visits=self._services.visits,
            camera=self._services.camera,
            background=self._background,
            zone=lambda: self._services.clock.time_zone,
        )

    @cached_property
    def sync(self) -> "SyncViewModel":
        """Return what the screen `sync` shows."""
        from mobile.screens.sync.view_model import SyncViewModel

        return SyncViewModel(
            sync=self._services.sync,
            connectivity=self._services.connectivity,
            clock=self._services.clock,
            pipeline=self._services.deals,
            diagnosis=self._services.diagnosis,
            background=self._background,
        )

    @cached_property
    def deals(self) -> "DealsViewModel":
        """Return what the screen `deals` shows."""
        from mobile.screens.deals.view_model import DealsViewModel

        return DealsViewModel(deals=self._services.deals, background=self._background)

    @cached_property
    def deal(self) -> "DealViewModel":
        """Return what the screen `deal` shows."""
        from mobile.screens.deal.view_model import DealViewModel

        return DealViewModel(
            deals=self._services.deals,
            customers=self._services.customers,
            products=self._services.products,
            drafts=self._services.choices,
        )

    @cached_property
    def line(self) -> "LineViewModel":
        """Return what the screen `line` shows."""
        from mobile.screens.line.view_model import LineViewModel

        return LineViewModel()

    @cached_property
    def pick(self) -> "PickViewModel":
        """Return what the screen `pick` shows."""
        from mobile.screens.pick.view_model import PickViewModel

        return PickViewModel(
            customers=self._services.customers,
            products=self._services.products,
            background=self._background,
        )

    @cached_property
    def tasks(self) -> "TasksViewModel":
        """Return what the screen `tasks` shows."""
        from mobile.screens.tasks.view_model import TasksViewModel

        return TasksViewModel(tasks=self._services.tasks)

    @cached_property
    def task(self) -> "TaskViewModel":
        """Return what the screen `task` shows."""
        from mobile.screens.task.view_model import TaskViewModel

        return TaskViewModel(
            tasks=self._services.tasks,
            customers=self._services.customers,
            drafts=self._services.choices,
        )

    @cached_property
    def expenses(self) -> "ExpensesViewModel":
        """Return what the screen `expenses` shows."""
        from mobile.screens.expenses.view_model import ExpensesViewModel

        return ExpensesViewModel(expenses=self._services.expenses)

    @cached_property
    def expense(self) -> "ExpenseViewModel":
        """Return what the screen `expense` shows."""
        from mobile.screens.expense.view_model import ExpenseViewModel
        from mobile.screens.photos import Photos

        return ExpenseViewModel(
            expenses=self._services.expenses,
            receipts=Photos(
                photos=self._services.receipts,
                camera=self._services.camera,
                background=self._background,
                zone=lambda: self._services.clock.time_zone,
                action=N_("Photograph the receipt"),
            ),
            drafts=self._services.choices,
            background=self._background,
        )

    @cached_property
    def map(self) -> "MapViewModel":
        """Return what the screen `map` shows."""
        from mobile.screens.map.view_model import MapViewModel

        return MapViewModel(
            customers=self._services.customers,
            days=self._services.days,
            gps=self._services.gps,
            links=self._services.links,
            background=self._background,
            tiles=self._settings.tiles or self._settings.data / "map.mbtiles",
        )

    @cached_property
    def prospect(self) -> "ProspectViewModel":
        """Return what the screen `prospect` shows."""
        from mobile.screens.prospect.view_model import ProspectViewModel

        return ProspectViewModel(
            customers=self._services.customers,
            gps=self._services.gps,
            clock=self._services.clock,
            drafts=self._services.choices,
        )

    @cached_property
    def numbers(self) -> "NumbersViewModel":
        """Return what the screen `numbers` shows."""
        from mobile.screens.numbers.view_model import NumbersViewModel

        return NumbersViewModel(
            numbers=self._services.numbers,
            clock=self._services.clock,
            background=self._background,
        )

    @cached_property
    def more(self) -> "MoreViewModel":
        """Return what the screen `more` shows."""
        from mobile.screens.more.menu import entries
        from mobile.screens.more.view_model import MoreViewModel

        return MoreViewModel(
            entries=entries(
                deals=self._services.deals,
                tasks=self._services.tasks,
                expenses=self._services.expenses,
                sync=self._services.sync,
            )
        )

    @cached_property
    def records(self) -> "RecordsViewModel":
        """Return what the screen `records` shows."""
        from mobile.screens.records.view_model import RecordsViewModel

        return RecordsViewModel(
            records=self._services.records,
            days=self._services.days,
            background=self._background,
        )

    @cached_property
    def reminders(self) -> "RemindersViewModel":
        """Return what reminds the rep; it has no screen."""
        from mobile.screens.reminders.view_model import RemindersViewModel

        return RemindersViewModel(
            reminders=self._services.reminders,
            notices=self._services.notices,
            background=self._background,
        )

    @cached_property
    def settings(self) -> "SettingsViewModel":
        """Return what the screen `settings` shows."""
        from mobile.screens.settings.view_model import SettingsViewModel

        return SettingsViewModel(
            preferences=self._services.look,
            data=self._services.choices,
            account=self._services.account,
            reminders=self._services.reminders,
            room=self._services.room,
            background=self._background,
        )
