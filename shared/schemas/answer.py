"""Wire format of what a rep says to an answer of the server."""

from shared.schemas.record import RecordSchema, whole

_MOST = 2**53


class AcceptAnswerSchema(RecordSchema):
    """The command `answer.accept`: a change that was not taken is left as the server has it.

    Its record is the one that change was about.
    """

    sequence = whole(1, _MOST, required=True)
    """Number of the change that was not taken, on the same phone."""
