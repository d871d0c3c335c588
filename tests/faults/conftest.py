"""The company and the phones of the tests of sync, for faults in between."""

from tests.integration.sync.conftest import company, new_phone, phone

__all__ = ["company", "new_phone", "phone"]
