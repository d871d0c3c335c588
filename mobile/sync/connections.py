"""Connections on which a body has the time to leave that its size needs.

urllib3 lets the whole of a request leave within the time for connecting: over 50 kbit/s that is
less than a large piece of a photo takes, which then would never arrive.
"""

from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from mobile.sync import patience


class PatientConnection(HTTPConnection):
    """One without TLS."""

    def send(self, data: Any) -> None:
        """Send a part of a request; connecting, where that is still to be done, is not in it."""
        if self.sock is not None:
            self.sock.settimeout(patience.for_body_s(len(data)))
        super().send(data)


class _PatientTlsConnection(PatientConnection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = PatientConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PatientTlsConnection


def new_pool(*, ca_certs: str | None = None) -> urllib3.PoolManager:
    """
    Return a pool of such connections, which repeats nothing by itself.

    :param ca_certs: a file with the authorities to trust, other than the system's
    """
    pool = urllib3.PoolManager(num_pools=2, retries=False, ca_certs=ca_certs)
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool
