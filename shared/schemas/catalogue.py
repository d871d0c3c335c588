"""Every schema a phone may send, by entity and kind: one table for the phone and the server."""

from shared.schemas import (
    answer,
    customer,
    deal,
    evidence,
    expense,
    photo,
    signal,
    stop,
    task,
    visit,
)
from shared.schemas.record import RecordSchema
from shared.sync.protocol import Kind

UPWARD: dict[tuple[str, Kind], RecordSchema] = {
    ("visit", Kind.CREATE): visit.VisitSchema(),
    ("visit", Kind.PATCH): visit.VisitPatchSchema(),
    ("check_in", Kind.CREATE): evidence.PresenceSchema(),
    ("check_out", Kind.CREATE): evidence.PresenceSchema(),
    ("start_day", Kind.CREATE): evidence.StartDaySchema(),
    ("end_day", Kind.CREATE): evidence.EndDaySchema(),
    ("consent", Kind.CREATE): evidence.ConsentSchema(),
    ("track", Kind.CREATE): evidence.TrackSchema(),
    ("photo", Kind.CREATE): photo.PhotoSchema(),
    ("photo.withdraw", Kind.COMMAND): photo.WithdrawPhotoSchema(),
    ("deal", Kind.CREATE): deal.DealSchema(),
    ("deal", Kind.PATCH): deal.DealPatchSchema(),
    ("customer", Kind.CREATE): customer.CustomerSchema(),
    ("customer", Kind.PATCH): customer.CustomerPatchSchema(),
    ("customer.propose_location", Kind.COMMAND): customer.ProposeLocationSchema(),
    ("task", Kind.CREATE): task.TaskSchema(),
    ("task", Kind.PATCH): task.TaskPatchSchema(),
    ("expense", Kind.CREATE): expense.ExpenseSchema(),
    ("expense", Kind.PATCH): expense.ExpensePatchSchema(),
    ("expense", Kind.DELETE): expense.DeleteExpenseSchema(),
    ("answer.accept", Kind.COMMAND): answer.AcceptAnswerSchema(),
    ("signal.answer", Kind.COMMAND): signal.AnswerSignalSchema(),
    ("stop.cancel", Kind.COMMAND): stop.CancelStopSchema(),
}
