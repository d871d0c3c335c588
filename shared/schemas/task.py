"""Wire format of a task; one made on a phone is its rep's own."""

from shared.schemas.record import RecordSchema, choice, day, record_id, text
from shared.vocabulary import TaskState

LONGEST_TITLE = 200
LONGEST_NOTE = 4_000


class TaskSchema(RecordSchema):
    """Something to do, mostly at a customer, often promised in a visit."""

    title = text(LONGEST_TITLE, required=True, shortest=1)
    note = text(LONGEST_NOTE)
    customer_id = record_id(nullable=True)
    visit_id = record_id(nullable=True)
    due_on = day(nullable=True)


class TaskPatchSchema(RecordSchema):
    """What the rep may change afterwards."""

    title = text(LONGEST_TITLE, shortest=1)
    note = text(LONGEST_NOTE)
    due_on = day(nullable=True)
    state = choice(TaskState)
