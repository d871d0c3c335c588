"""A name that nobody answers for, on a network that comes and goes.

The phone's real client asks the system for the server's address before each connection, as the
proxy keeps none open; each time chance says whether there is an answer, and what then becomes of
the request.
"""

import itertools
import random
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from flask import Flask
from sqlalchemy import func, select

from mobile.sync.answers import OfflineError
from mobile.sync.api_client import ApiClient
from mobile.sync.batch_size import BatchSize
from mobile.sync.engine import Phone, synchronize
from mobile.sync.photos import PhotoSender
from server.photos.models import Photo
from server.platform.database import db
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import Visit
from shared.vocabulary import PhotoState
from tests.fakes.company import MAJU, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.application import serving
from tests.support.databases import mostly_on
from tests.support.proxy import BadConnection, Fault, bad_connection

_NAME = "tapak.test"
_NO_ADDRESS = "no address"
_NETWORK = [fault for fault in Fault if fault not in (Fault.NONE, Fault.DELAY)]
_VISITS = 4


class Names:
    """The system's book of names, of which the page is missing now and then."""

    def __init__(self, link: BadConnection) -> None:
        self._link = link
        self._usual = socket.getaddrinfo
        self._fates = self._drawn()
        self.had: Counter[object] = Counter()

    def look_up(self, host: Any, *arguments: Any, **more: Any) -> Any:
        """Take the place of `socket.getaddrinfo`."""
        if host != _NAME:
            return self._usual(host, *arguments, **more)
        fate = next(self._fates)
        self.had[fate] += 1
        if fate is _NO_ADDRESS:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        assert isinstance(fate, Fault)
        self._link.next(fate)
        return self._usual("127.0.0.1", *arguments, **more)

    def _drawn(self) -> Iterator[object]:
        """Give each fault of the network after a lack of the name and before one, then chance."""
        for fault in _NETWORK:
            yield from (_NO_ADDRESS, fault, _NO_ADDRESS, Fault.NONE)
        rng = random.Random(11)
        while True:
            yield rng.choice([_NO_ADDRESS, *_NETWORK, Fault.NONE, Fault.NONE])


@pytest.mark.fault("link", "no address for the server's name, and a network that comes and goes")
@mostly_on("sqlite")
def test_no_address_and_a_network_that_comes_and_goes(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = found_company(app)
    handset = Handset(tmp_path / "phone.db", Network(app))
    handset.enrol(company.enrolment_code(company.sari))
    for _ in range(_VISITS):
        visit = handset.visits.check_in(customer_id=company.maju, fix=handset.fix(MAJU))
        handset.take_photo(visit.id)
        handset.visits.cancel(visit.id, "closed")
    left = [handset.sync.status().waiting]
    with serving(app) as url, bad_connection(url) as link:
        names = Names(link)
        monkeypatch.setattr(socket, "getaddrinfo", names.look_up)
        port = urllib3.util.parse_url(link.url).port
        with handset.database.write() as connection:
            connection.execute("UPDATE device SET server_url = ?", (f"http://{_NAME}:{port}",))
        api = ApiClient(secrets=handset.secrets, pool=urllib3.PoolManager(retries=False))
        phone = Phone(
            database=handset.database,
            api=api,
            read_clock=handset.phone.read_clock,
            batch=BatchSize(2),
            page_rows=3,
            read_key=handset.recorder.read_key,
        )
        photos = PhotoSender(database=handset.database, api=api, files=handset.files)

        for attempt in itertools.count():
            assert attempt < 300, names.had
            try:
                synchronize(phone)
                photos.send()
            except OfflineError:
                assert handset.sync.status().problem in ("", OfflineError.code)
                left.append(handset.sync.status().waiting)
                continue
            if len(names.had) > len(_NETWORK) + 1:
                break
        api.close()

    assert handset.sync.status().waiting == 0
    assert left == sorted(left, reverse=True), "what was settled stays settled"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == _VISITS
        assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == left[0]
        states = Counter(db.session.scalars(select(Photo.state)))
        assert states == {PhotoState.PRESENT: _VISITS}
        assert changes.wrong_scopes() == []
    handset.switch_off()
