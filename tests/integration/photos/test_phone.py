"""Photos from the phone's camera to the server: after the records, one by one, never in the way."""

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask

from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import PhoneDescription
from mobile.device.tokens import ACCESS_TOKEN
from mobile.services import photos as service
from mobile.services.account import AccountService, UnsentWorkError
from mobile.services.recorder import DiskFullError
from mobile.services.visit_views import VisitNotOpenError
from mobile.storage import photos as storage
from mobile.sync.answers import BusyError, OfflineError
from mobile.sync.photos import LARGE_PIECE, SMALL_PIECE
from mobile.sync.scheduler import SyncScheduler
from server.photos.models import Photo
from server.photos.operations.files import PhotoFolder
from server.platform.database import db
from server.platform.settings import Settings
from shared.photos import BLOBS_PATH
from shared.vocabulary import NoSaleReason, PhotoState, TimeTrust
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault, PhoneKilledError
from tests.integration.sync.test_scheduler import AtOnce
from tests.support.tapak import wait_until


def on_server(app: Flask, photo_id: str) -> tuple[str, str, str]:
    with app.app_context():
        photo = db.session.get_one(Photo, photo_id)
        return photo.state, photo.time_trust, photo.sha256


def sizes(handset: Handset, piece: int) -> None:
    handset.sender.piece.size_bytes = piece


def test_taken_without_network_and_sent_when_there_is_one(
    app: Flask, settings: Settings, phone: Handset, company: Company
) -> None:
    phone.network.is_up = False
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    photo_id = phone.take_photo(visit.id)
    [shown] = phone.photos.of(visit.id)
    assert (shown.is_sent, shown.problem, Path(shown.small).exists()) == (False, "", True)
    assert phone.sync.status().photos_waiting == 1
    with pytest.raises(OfflineError):
        phone.synchronize()

    phone.network.heal()
    phone.synchronize()
    assert phone.sender.send() == 1
    phone.synchronize()

    [shown] = phone.photos.of(visit.id)
    assert shown.is_sent
    state, trust, sha256 = on_server(app, photo_id)
    assert (state, trust) == (PhotoState.PRESENT, TimeTrust.VERIFIED)
    content = PhotoFolder(settings.photos).path(sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    assert phone.sync.status().photos_waiting == 0
    assert phone.sender.send() == 0  # and nothing is asked any more


def test_it_goes_on_where_it_broke_off_and_in_smaller_pieces(
    phone: Handset, visit: str, app: Flask
) -> None:
    photo_id = phone.take_photo(visit)
    phone.synchronize()
    sizes(phone, 1_000)
    asked = len(phone.network.requests)
    phone.network.next(Fault.NONE, Fault.NONE, Fault.LOSE_ANSWER)

    with pytest.raises(OfflineError):
        phone.sender.send()

    assert phone.sender.piece.size_bytes == SMALL_PIECE
    sizes(phone, 1_000)
    assert phone.sender.send() == 1
    sent = len(phone.network.requests) - asked
    size = phone.files.path(on_server(app, photo_id)[2]).stat().st_size
    # Two questions, and each piece once, also the one whose answer was lost.
    assert sent == 2 + -(-size // 1_000)
    assert phone.sender.piece.size_bytes == LARGE_PIECE


FAULTS = (
    Fault.LOSE_REQUEST,
    Fault.LOSE_ANSWER,
    Fault.REPEAT_REQUEST,
    Fault.LATE_REQUEST,
    Fault.CUT_REQUEST,
    Fault.CUT_ANSWER,
    Fault.PORTAL,
    Fault.BAD_GATEWAY,
    Fault.OTHER_ANSWER,
    Fault.BUSY,
    Fault.KILL_BEFORE,
    Fault.KILL_AFTER,
)


def test_whatever_happens_on_the_way_photos_arrive_once_and_whole(
    app: Flask, settings: Settings, phone: Handset, visit: str
) -> None:
    for fault in FAULTS:
        for step in range(3):
            photo_id = phone.take_photo(visit)
            phone.synchronize()
            phone.network.next(*[Fault.NONE] * step, fault)
            for _ in range(4):
                sizes(phone, 1_500)
                with suppress(OfflineError, BusyError):
                    try:
                        phone.sender.send()
                    except PhoneKilledError:
                        phone.restart()
            phone.network.heal()
            phone.synchronize()

            state, _, sha256 = on_server(app, photo_id)
            content = PhotoFolder(settings.photos).path(sha256).read_bytes()
            assert state == PhotoState.PRESENT, (fault, step)
            assert hashlib.sha256(content).hexdigest() == sha256, (fault, step)
            assert phone.photos.of(visit)[-1].is_sent, (fault, step)


def test_a_record_goes_before_the_rest_of_a_photo(
    phone: Handset, visit: str, company: Company
) -> None:
    phone.take_photo(visit)
    phone.synchronize()
    sizes(phone, 1_000)
    pieces = 0
    send_piece = phone.api.send_piece

    def and_the_rep_writes(*args: object, **kwargs: object) -> int:
        nonlocal pieces
        pieces += 1
        phone.visits.write_notes(visit, f"note {pieces}")
        return send_piece(*args, **kwargs)  # type: ignore[arg-type]

    phone.api.send_piece = and_the_rep_writes  # type: ignore[method-assign]

    assert phone.sender.send() == 0
    assert pieces == 1


def test_photos_wait_for_wifi_where_the_rep_wants_that(
    phone: Handset, visit: str, app: Flask
) -> None:
    connectivity = SwitchedConnectivity()
    connectivity.play_mobile_data(is_metered=True)
    sender = phone.sender.__class__(
        database=phone.database,
        api=phone.api,
        files=phone.files,
        may_send=lambda: not connectivity.is_metered,
    )
    scheduler = SyncScheduler(
        phone=phone.phone, connectivity=connectivity, rng=AtOnce(), send_photos=sender.send
    )
    phone.recorder.subscribe(scheduler.notice_action)
    photo_id = phone.take_photo(visit)
    scheduler.start()
    try:
        scheduler.request()
        wait_until(lambda: phone.sync.status().waiting == 0)
        wait_until(lambda: not scheduler.is_running)
        assert not [path for path in phone.network.requests if path.startswith(BLOBS_PATH)]

        connectivity.play_mobile_data(is_metered=False)
        wait_until(lambda: phone.photos.of(visit)[0].is_sent)
    finally:
        scheduler.stop()
    assert on_server(app, photo_id)[0] == PhotoState.PRESENT


def test_a_photo_taken_back_is_not_sent_and_can_come_back(
    app: Flask, phone: Handset, visit: str
) -> None:
    photo_id = phone.take_photo(visit)
    phone.photos.remove(photo_id)
    assert phone.photos.of(visit) == ()
    phone.synchronize()
    assert phone.sender.send() == 0
    with app.app_context():
        assert db.session.get_one(Photo, photo_id).withdrawn_at is not None

    phone.photos.restore(photo_id)
    phone.synchronize()
    assert phone.sender.send() == 1

    phone.visits.set_no_sale_reason(visit, NoSaleReason.CLOSED)
    phone.visits.check_out(visit, fix=None)
    with pytest.raises(VisitNotOpenError):
        phone.photos.remove(photo_id)
    with pytest.raises(VisitNotOpenError):
        phone.take_photo(visit)
    phone.synchronize()
    assert phone.sync.status().needs_you == 0


def test_the_same_picture_twice_and_a_broken_one(phone: Handset, visit: str) -> None:
    raw, again, broken = (phone.photos.raw_file() for _ in range(3))
    phone.camera.take(raw)
    again.write_bytes(raw.read_bytes())
    broken.write_bytes(b"no picture")
    phone.photos.keep(visit, raw)

    with pytest.raises(service.PhotoTwiceError):
        phone.photos.keep(visit, again)
    with pytest.raises(service.PhotoUnreadableError):
        phone.photos.keep(visit, broken)

    [shown] = phone.photos.of(visit)
    assert Path(shown.small).exists()  # the second one's end took nothing of the first
    assert len(list(phone.files.folder.iterdir())) == 2


def test_a_full_disk_loses_nothing_and_leaves_nothing_half(
    phone: Handset, visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = phone.sync.status().waiting
    raw = phone.photos.raw_file()
    phone.camera.take(raw)

    def full(*_: object, **__: object) -> tuple[int, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(phone.camera, "shrink", full)
    with pytest.raises(DiskFullError):
        phone.photos.keep(visit, raw)

    assert phone.photos.of(visit) == ()
    assert phone.sync.status().waiting == before
    assert list(phone.files.folder.iterdir()) == []


def test_files_are_kept_until_the_server_has_them_and_some_days_longer(
    phone: Handset, visit: str
) -> None:
    phone.take_photo(visit)
    [photo] = phone.files.hashes()
    (phone.files.folder / "left.draft").write_bytes(b"by a kill")
    with phone.database.write() as connection:
        connection.execute("UPDATE photo_file SET kept_at_ms = kept_at_ms - 60 * 86400000")
    phone.photos.tidy()
    assert [*phone.files.hashes()] == [photo]  # only this phone has it
    assert not phone.files.drafts()

    phone.synchronize()
    phone.sender.send()
    phone.synchronize()
    phone.photos.tidy()
    assert [*phone.files.hashes()] == []


def test_a_lost_file_is_told_and_holds_nothing_up(phone: Handset, visit: str) -> None:
    phone.take_photo(visit)
    phone.synchronize()
    [sha256] = phone.files.hashes()
    phone.files.delete(sha256)
    phone.take_photo(visit)
    phone.synchronize()

    assert phone.sender.send() == 1
    status = phone.sync.status()
    assert (status.photos_waiting, status.photos_stuck) == (0, 1)
    phone.synchronize()
    assert phone.sync.status().photos_waiting == 0
    with phone.database.read() as connection:
        assert storage.to_send(connection) == []


def test_signing_out_waits_for_photos_and_then_takes_their_files(
    phone: Handset, visit: str
) -> None:
    account = AccountService(
        database=phone.database,
        secrets=phone.secrets,
        enrolment=phone.enrolment,
        phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
        delete_files=phone.files.delete_all,
    )
    phone.take_photo(visit)
    phone.synchronize()
    assert account.unsent() == 1
    with pytest.raises(UnsentWorkError):
        account.sign_out()
    assert phone.files.hashes()

    phone.sender.send()
    phone.synchronize()
    account.sign_out()

    assert list(phone.files.folder.iterdir()) == []
    assert not phone.enrolment.is_enrolled
    assert phone.secrets.read(ACCESS_TOKEN) is None
