"""Wire format of the one thing a phone may say about a signal."""

from shared.schemas.record import RecordSchema, text
from shared.signals import LONGEST_TEXT


class AnswerSignalSchema(RecordSchema):
    """The command `signal.answer`: the rep's one answer."""

    answer = text(LONGEST_TEXT, required=True, shortest=1)
