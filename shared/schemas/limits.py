"""What a record may hold at most, and the error where it breaks a rule.

Apart from the schemas, which bring along a library that takes a tenth of a second to import:
screens word these, and an app that starts should not wait for them.
"""

MAX_MINOR = 2**53
MAX_LINES = 200
MAX_QUANTITY = 1_000_000
MAX_MILEAGE_M = 5_000_000
"""More than anybody rides in a day."""
LONGEST_ANSWER = 2_000
LONGEST_OWN_TEXT = 200
"""Of a custom field."""
LONGEST_OWN_KEY = 80


class InvalidRecordError(Exception):
    """A record that breaks a rule: names the field and gives a reason code for the UI to word."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field = field_name
        self.reason = reason
