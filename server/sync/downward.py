"""THE TABLE of what travels down to phones; what travels up is in `entities.UPWARD`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import literal, select, union_all

from server.calendar.models import Holiday
from server.customers.models import Customer, LocationProposal
from server.deals.models import Deal, LeadSource, LostReason, Stage
from server.expenses.models import Expense
from server.fences.models import FencePolicy
from server.fields.models import FieldRow
from server.figures.models import OwnFigure
from server.forms.models import FormQuestion
from server.metrics.models import Target
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import among
from server.platform.prepared import Prepared
from server.products.models import Product
from server.signals.models import Signal
from server.sync import rows
from server.sync.own_rows import heads_of_figures, own_figures, proposals, signals
from server.sync.row import Head, HeadReader, Reader, scope_of
from server.sync.window import WINDOWS, Window
from server.tasks.models import Task
from server.visits.models import Visit


@dataclass(frozen=True, slots=True)
class Downward:
    """How an entity travels down."""

    read: Reader
    id_column: Any
    read_heads: HeadReader | None = None
    """Where there is a quicker way than `read`."""
    window: Window | None = None
    """Of a table whose rows are for one rep each, who that is, and which of them are on phones."""

    def heads(self, ids: Sequence[str]) -> Mapping[str, Head]:
        """Return versions and scopes."""
        if self.read_heads is not None:
            return self.read_heads(ids)
        return {key: Head(row.version, row.scopes) for key, row in self.read(ids).items()}


def heads_of(by_entity: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], Head]:
    """Return versions and scopes of live rows by entity and id; of most tables in one statement."""
    owned = tuple(entity for entity in by_entity if DOWNWARD[entity].window is not None)
    heads = {
        (entity, record_id): head
        for entity in by_entity
        if entity not in owned
        for record_id, head in DOWNWARD[entity].heads(by_entity[entity]).items()
    }
    if owned:
        found = _heads_of(owned).rows(**{one: by_entity[one] for one in owned})
        for entity, record_id, version, rep_id in found:
            heads[entity, record_id] = Head(version, scope_of(rep_id))
    return heads


@lru_cache(maxsize=256)
def _heads_of(entities: tuple[str, ...]) -> Prepared:
    return Prepared(lambda: union_all(*(_heads_of_one(entity) for entity in entities)))


def _heads_of_one(entity: str) -> Any:
    id_column, window = DOWNWARD[entity].id_column, WINDOWS[entity]
    model = id_column.class_
    heads = window.of(select(literal(entity), id_column, model.version, window.owner))
    return heads.where(among(id_column, name=entity), model.deleted_at.is_(None))


DOWNWARD: dict[str, Downward] = {
    "stage": Downward(rows.stages, Stage.key),
    "lost_reason": Downward(rows.lost_reasons, LostReason.key),
    "lead_source": Downward(rows.lead_sources, LeadSource.key),
    "product": Downward(rows.products, Product.id),
    "fence_policy": Downward(rows.fence_policies, FencePolicy.id),
    "form_question": Downward(rows.form_questions, FormQuestion.id),
    "custom_field": Downward(rows.custom_fields, FieldRow.id),
    "customer": Downward(rows.customers, Customer.id, rows.heads_of_customers),
    "stop": Downward(rows.stops, JourneyStop.id, window=WINDOWS["stop"]),
    "visit": Downward(rows.visits, Visit.id, window=WINDOWS["visit"]),
    "photo": Downward(rows.photos, Photo.id, window=WINDOWS["photo"]),
    "deal": Downward(rows.deals, Deal.id, window=WINDOWS["deal"]),
    "task": Downward(rows.tasks, Task.id, window=WINDOWS["task"]),
    "expense": Downward(rows.expenses, Expense.id, window=WINDOWS["expense"]),
    "holiday": Downward(rows.holidays, Holiday.day),
    "target": Downward(rows.targets, Target.id),
    "signal": Downward(signals, Signal.id),
    "proposal": Downward(proposals, LocationProposal.id),
    "own_figure": Downward(own_figures, OwnFigure.id, heads_of_figures),
}
"""What travels down, in the order in which a first sync is most useful."""
