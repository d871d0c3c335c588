"""Wire format of the one thing a phone may say about a planned stop."""

from shared.schemas.record import RecordSchema, text


class CancelStopSchema(RecordSchema):
    """The command `stop.cancel`."""

    reason = text(1_000, required=True, shortest=1)
