"""One view model for each screen, on top of the services. No Kivy."""

from dataclasses import dataclass

from mobile.device.camera import Camera
from mobile.device.connectivity import Connectivity
from mobile.device.gps import Gps
from mobile.device.links import Links
from mobile.device.notices import Notices
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
from mobile.screens.more.menu import entries
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
from mobile.screens.view_model import Background
from mobile.screens.visit.photos import VisitPhotos
from mobile.screens.visit.view_model import VisitViewModel
from mobile.services.account import AccountService
from mobile.services.basket import BasketService
from mobile.services.clock import TrueClock
from mobile.services.customers import CustomerService
from mobile.services.day import DayService
from mobile.services.deals import DealService
from mobile.services.enrolment import EnrolmentService
from mobile.services.expenses import ExpenseService
from mobile.services.form import FormService
from mobile.services.leaving import LeavingService
from mobile.services.look import LookService
from mobile.services.numbers import NumbersService
from mobile.services.photos import PhotoService
from mobile.services.products import ProductService
from mobile.services.records import RecordsService
from mobile.services.reminders import ReminderService
from mobile.services.room import RoomService
from mobile.services.settings import SettingsService
from mobile.services.sync import SyncService
from mobile.services.tasks import TaskService
from mobile.services.tracks import TrackService
from mobile.services.visits import VisitService
from mobile.settings import PhoneSettings


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the view models stand on."""

    account: AccountService
    baskets: BasketService
    camera: Camera
    choices: SettingsService
    clock: TrueClock
    connectivity: Connectivity
    customers: CustomerService
    days: DayService
    deals: DealService
    enrolment: EnrolmentService
    expenses: ExpenseService
    form: FormService
    gps: Gps
    leaving: LeavingService
    links: Links
    look: LookService
    numbers: NumbersService
    photos: PhotoService
    products: ProductService
    notices: Notices
    records: RecordsService
    reminders: ReminderService
    room: RoomService
    sync: SyncService
    tasks: TaskService
    tracks: TrackService
    visits: VisitService


@dataclass(frozen=True, kw_only=True)
class ViewModels:
    """One of each screen, and the bar above all."""

    bar: BarViewModel
    enrol: EnrolViewModel
    today: TodayViewModel
    customers: CustomersViewModel
    customer: CustomerViewModel
    visit: VisitViewModel
    order: OrderViewModel
    questions: QuestionsViewModel
    sync: SyncViewModel
    deals: DealsViewModel
    deal: DealViewModel
    line: LineViewModel
    pick: PickViewModel
    tasks: TasksViewModel
    task: TaskViewModel
    expenses: ExpensesViewModel
    expense: ExpenseViewModel
    numbers: NumbersViewModel
    prospect: ProspectViewModel
    map: MapViewModel
    more: MoreViewModel
    records: RecordsViewModel
    reminders: RemindersViewModel
    settings: SettingsViewModel


def make_view_models(
    services: Services, *, settings: PhoneSettings, background: Background
) -> ViewModels:
    """Return the view models; what may take long runs in `background`."""
    return ViewModels(
        bar=BarViewModel(
            sync=services.sync,
            route=services.tracks,
            connectivity=services.connectivity,
            gps=services.gps,
            clock=services.clock,
        ),
        enrol=EnrolViewModel(
            enrolment=services.enrolment,
            connectivity=services.connectivity,
            background=background,
            server=settings.server,
            code=settings.code,
        ),
        today=TodayViewModel(
            days=services.days,
            visits=services.visits,
            leaving=services.leaving,
            gps=services.gps,
            clock=services.clock,
        ),
        customers=CustomersViewModel(
            customers=services.customers, gps=services.gps, background=background
        ),
        customer=CustomerViewModel(
            customers=services.customers,
            days=services.days,
            visits=services.visits,
            gps=services.gps,
            clock=services.clock,
            links=services.links,
        ),
        visit=VisitViewModel(
            visits=services.visits,
            customers=services.customers,
            connectivity=services.connectivity,
            gps=services.gps,
            clock=services.clock,
            photos=VisitPhotos(
                photos=services.photos,
                camera=services.camera,
                background=background,
                zone=lambda: services.clock.time_zone,
            ),
            leaving=services.leaving,
        ),
        order=OrderViewModel(
            products=services.products,
            baskets=services.baskets,
            visits=services.visits,
            drafts=services.choices,
        ),
        questions=QuestionsViewModel(form=services.form, visits=services.visits),
        sync=SyncViewModel(
            sync=services.sync,
            connectivity=services.connectivity,
            clock=services.clock,
            pipeline=services.deals,
        ),
        deals=DealsViewModel(deals=services.deals, background=background),
        deal=DealViewModel(
            deals=services.deals,
            customers=services.customers,
            products=services.products,
            drafts=services.choices,
        ),
        line=LineViewModel(),
        pick=PickViewModel(
            customers=services.customers, products=services.products, background=background
        ),
        tasks=TasksViewModel(tasks=services.tasks),
        task=TaskViewModel(
            tasks=services.tasks, customers=services.customers, drafts=services.choices
        ),
        expenses=ExpensesViewModel(expenses=services.expenses),
        expense=ExpenseViewModel(
            expenses=services.expenses, drafts=services.choices, background=background
        ),
        map=MapViewModel(
            customers=services.customers,
            days=services.days,
            gps=services.gps,
            links=services.links,
            background=background,
            tiles=settings.tiles or settings.data / "map.mbtiles",
        ),
        prospect=ProspectViewModel(
            customers=services.customers, gps=services.gps, drafts=services.choices
        ),
        numbers=NumbersViewModel(
            numbers=services.numbers,
            clock=services.clock,
            background=background,
        ),
        more=MoreViewModel(
            entries=entries(
                deals=services.deals,
                tasks=services.tasks,
                expenses=services.expenses,
                sync=services.sync,
            )
        ),
        records=RecordsViewModel(
            records=services.records,
            days=services.days,
            background=background,
        ),
        reminders=RemindersViewModel(
            reminders=services.reminders, notices=services.notices, background=background
        ),
        settings=SettingsViewModel(
            preferences=services.look,
            data=services.choices,
            account=services.account,
            reminders=services.reminders,
            room=services.room,
            background=background,
        ),
    )
