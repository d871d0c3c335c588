"""Bytes of photos arrive whole, once, and go on where a broken upload stopped."""

import datetime as dt
import hashlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from tusclient.client import TusClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from server.photos import jobs
from server.photos.models import Photo, PhotoBlob, PhotoUpload
from server.photos.operations.files import PhotoFolder
from server.photos.operations.uploads import KEEP_UPLOAD
from server.platform.database import db
from server.platform.redis_server import free_port
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.sync import changes
from shared.photos import BLOBS_PATH, write_checksum, write_metadata
from shared.time import utc_now
from shared.vocabulary import PhotoState
from tests.factories.photos import Uploads, a_picture, hash_of
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.integration.photos.conftest import record, uploads_of
from tests.integration.sync.conftest import NewPhone
from tests.support.backups import backed_up


def state_of(app: Flask, photo_id: str) -> tuple[str, str]:
    with app.app_context():
        photo = db.session.get_one(Photo, photo_id)
        return photo.state, photo.refusal


def stored(settings: Settings, picture: bytes) -> bytes | None:
    path = PhotoFolder(settings.photos).path(hash_of(picture))
    return path.read_bytes() if path.exists() else None


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve on a real socket, for clients that are not ours."""
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def code_of(answer: TestResponse) -> str:
    return str((answer.get_json() or {})["code"])


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port or 0))


def test_a_photo_arrives_in_pieces_and_the_phone_hears_of_it(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture()
    photo_id = record(phone, visit, picture)
    assert state_of(app, photo_id) == (PhotoState.EXPECTED, "")

    uploads.upload(picture, piece=5_000)

    assert stored(settings, picture) == picture
    assert state_of(app, photo_id) == (PhotoState.PRESENT, "")
    with app.app_context():
        blob = db.session.get_one(PhotoBlob, hash_of(picture))
        assert (blob.media_type, blob.width_px, blob.height_px) == ("image/jpeg", 320, 240)
        assert changes.wrong_scopes() == []
    assert not list((settings.photos / "parts").iterdir())


def test_a_foreign_client_uploads_resumes_and_repeats(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(2)
    photo_id = record(phone, visit, picture)
    metadata = {"sha256": hash_of(picture)}

    with serving(app) as url:
        client = TusClient(url + BLOBS_PATH, headers={"Authorization": f"Device {uploads.token}"})
        first = client.uploader(
            file_stream=BytesIO(picture), chunk_size=4_000, metadata=metadata, upload_checksum=True
        )
        first.upload(stop_at=8_000)
        again = client.uploader(url=first.url, file_stream=BytesIO(picture), chunk_size=4_000)
        assert again.offset == 8_000
        again.upload()
        # The same once more: it is here, and nothing is sent.
        repeated = client.uploader(
            file_stream=BytesIO(picture), metadata=metadata, retries=1, retry_delay=0
        )
        repeated.upload()

    assert stored(settings, picture) == picture
    assert state_of(app, photo_id) == (PhotoState.PRESENT, "")


@pytest.mark.fault("server killed (SIGKILL)", "between a photo's bytes and their note")
def test_killed_between_the_disk_and_the_database(
    settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(3)
    record(phone, visit, picture)
    path = uploads.location(picture)
    uploads.send(path, picture[:1000], offset=0)
    folder, upload_id = PhotoFolder(settings.photos), path.rsplit("/", 1)[1]
    # What a kill leaves: bytes on the disk that the database does not count.
    folder.append(upload_id, b"half a piece", offset=1000)

    assert uploads.offset(path) == 1000
    assert uploads.send(path, picture[1000:], offset=1000).status_code == 204
    assert stored(settings, picture) == picture


def test_a_lost_part_is_asked_for_again(
    settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(4)
    record(phone, visit, picture)
    path = uploads.location(picture)
    uploads.send(path, picture[:1000], offset=0)
    folder, upload_id = PhotoFolder(settings.photos), path.rsplit("/", 1)[1]
    folder.part(upload_id).write_bytes(picture[:400])  # a disk that lost its end

    assert uploads.offset(path) == 400
    assert uploads.send(path, picture[1000:], offset=1000).status_code == 409
    assert uploads.send(path, picture[400:], offset=400).status_code == 204
    assert stored(settings, picture) == picture


@pytest.mark.fault("server killed (SIGKILL)", "between a photo's bytes and their note")
def test_killed_when_all_had_come_but_was_not_looked_at(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(5)
    photo_id = record(phone, visit, picture)
    path = uploads.location(picture)
    uploads.send(path, picture[:-1], offset=0)
    folder, upload_id = PhotoFolder(settings.photos), path.rsplit("/", 1)[1]
    folder.append(upload_id, picture[-1:], offset=len(picture) - 1)
    with app.app_context(), transaction():
        db.session.get_one(PhotoUpload, upload_id).offset = len(picture)

    assert uploads.offset(path) == len(picture)
    assert state_of(app, photo_id) == (PhotoState.PRESENT, "")


@pytest.mark.parametrize("cut_at", [0, 1, 777, 4_999])
def test_a_connection_cut_in_the_middle_of_a_piece(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads, cut_at: int
) -> None:
    """What came before the cut is kept; nothing else is."""
    picture = a_picture(6)
    record(phone, visit, picture)
    path = uploads.location(picture)

    with serving(app) as url, closing(connect(url)) as wire:
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Device {uploads.token}\r\n"
            "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: 5000\r\n"
            "Content-Type: application/offset+octet-stream\r\n\r\n"
        )
        wire.sendall(head.encode() + picture[:cut_at])
        wire.shutdown(socket.SHUT_WR)
        while wire.recv(4096):
            pass

    kept = uploads.offset(path)
    assert kept == cut_at
    assert uploads.send(path, picture[kept:], offset=kept).status_code == 204
    assert stored(settings, picture) == picture


def test_a_damaged_piece_is_not_kept(phone: Handset, visit: str, uploads: Uploads) -> None:
    picture = a_picture(7)
    record(phone, visit, picture)
    path = uploads.location(picture)

    damaged = uploads.send(
        path, b"x" * 1000, offset=0, Upload_Checksum=write_checksum(picture[:1000])
    )
    assert (damaged.status_code, code_of(damaged)) == (460, "photo.checksum")
    assert uploads.offset(path) == 0

    unreadable = uploads.send(path, picture[:9], offset=0, Upload_Checksum="crc32 AAAA")
    assert (unreadable.status_code, code_of(unreadable)) == (400, "photo.header")


def test_bytes_of_another_hash_are_dropped_and_begin_anew(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(8)
    photo_id = record(phone, visit, picture)
    path = uploads.location(picture)

    answer = uploads.send(path, bytes(len(picture)), offset=0)

    assert (answer.status_code, code_of(answer)) == (422, "photo.wrong_hash")
    assert state_of(app, photo_id) == (PhotoState.EXPECTED, "")
    assert uploads.offset(path) == 0
    assert uploads.send(path, picture, offset=0).status_code == 204
    assert stored(settings, picture) == picture


def test_the_same_photo_twice_is_stored_once_and_asks_for_no_bytes(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(9)
    record(phone, visit, picture)
    uploads.upload(picture)

    again = record(phone, visit, picture)

    assert state_of(app, again) == (PhotoState.PRESENT, "")
    answer = uploads.begin(picture)
    assert answer.headers["Upload-Offset"] == str(len(picture))
    assert len(list(settings.photos.glob("??/*"))) == 1


def budi_customer(budi: Handset) -> str:
    return budi.customers.create_prospect(name="Own", fix=None)


def test_a_hash_alone_opens_nobody_elses_photo(
    app: Flask, company: Company, phone: Handset, visit: str, uploads: Uploads, new_phone: NewPhone
) -> None:
    """Budi knows the hash of Sari's photo; its bytes are expected from him all the same."""
    picture = a_picture(10)
    record(phone, visit, picture)
    uploads.upload(picture)
    budi = new_phone(company.budi)
    his_visit = budi.visits.check_in(customer_id=budi_customer(budi), fix=None)
    his_photo = record(budi, his_visit.id, picture)

    assert state_of(app, his_photo) == (PhotoState.EXPECTED, "")
    of_budi = uploads_of(app.test_client(), budi)
    assert of_budi.begin(picture).headers["Upload-Offset"] == "0"
    # And Sari's upload is none of his.
    path = uploads.location(picture)
    assert of_budi.send(path, b"", offset=len(picture)).status_code == 404


def test_pieces_sent_at_once_on_several_connections(
    app: Flask, settings: Settings, phone: Handset, visit: str
) -> None:
    picture = a_picture(11)
    photo_id = record(phone, visit, picture)
    several = [uploads_of(app.test_client(), phone) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda each: each.location(picture), several))
        [path] = paths
        for start in range(0, len(picture), 6_000):
            piece = picture[start : start + 6_000]
            answers = list(
                pool.map(
                    lambda each, p=piece, s=start: each.send(path, p, offset=s).status_code,
                    several,
                )
            )
            assert answers.count(204) == 1, answers
            assert set(answers) <= {204, 409}

    assert hashlib.sha256(stored(settings, picture) or b"").hexdigest() == hash_of(picture)
    assert state_of(app, photo_id) == (PhotoState.PRESENT, "")


NOT_PHOTOS = {
    "text": b"this is no photo, whatever it is called",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "gif": a_picture(12, kind="GIF"),
    "half a jpeg": a_picture(13)[:2_000],
}


@pytest.mark.parametrize("kind", NOT_PHOTOS)
def test_what_is_no_photo_is_refused_with_a_code(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads, kind: str
) -> None:
    content = NOT_PHOTOS[kind]
    photo_id = record(phone, visit, content)
    path = uploads.location(content)

    answer = uploads.send(path, content, offset=0)

    assert (answer.status_code, code_of(answer)) == (422, "photo.not_an_image")
    assert state_of(app, photo_id) == (PhotoState.REFUSED, "photo.not_an_image")
    assert stored(settings, content) is None
    assert code_of(uploads.begin(content)) == "photo.refused"


def test_an_image_bomb_is_refused_before_it_takes_memory(
    app: Flask, phone: Handset, visit: str, uploads: Uploads
) -> None:
    """60 million pixels in 60 kB."""
    bomb = a_bomb()
    assert len(bomb) < 200_000
    photo_id = record(phone, visit, bomb)
    path = uploads.location(bomb)

    answer = uploads.send(path, bomb, offset=0)

    assert (answer.status_code, code_of(answer)) == (422, "photo.too_many_pixels")
    assert state_of(app, photo_id) == (PhotoState.REFUSED, "photo.too_many_pixels")


def a_bomb() -> bytes:
    from PIL import Image

    buffer = BytesIO()
    Image.new("1", (10_000, 6_000)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_photo_of_50_mb_is_refused(phone: Handset, visit: str, uploads: Uploads) -> None:
    size = 50 * 1024 * 1024
    with pytest.raises(Exception, match="size_bytes: out_of_range"):
        record(phone, visit, bytes(size))

    metadata = write_metadata(sha256="0" * 64)
    answer = uploads.begin(b"", Upload_Length=str(size), Upload_Metadata=metadata)
    assert (answer.status_code, code_of(answer)) == (413, "photo.too_large")
    picture = a_picture(14)
    record(phone, visit, picture)
    path = uploads.location(picture)
    assert uploads.send(path, bytes(size), offset=0).status_code == 413
    assert code_of(uploads.send(path, picture + b"more", offset=0)) == "photo.too_large"
    assert uploads.offset(path) == 0


def test_bytes_without_a_record_and_nonsense(
    app: Flask, phone: Handset, visit: str, uploads: Uploads
) -> None:
    picture = a_picture(15)
    assert code_of(uploads.begin(picture)) == "photo.no_record"
    record(phone, visit, picture)
    path = uploads.location(picture)

    for changed, status, code in (
        ({"Upload_Length": "-1"}, 400, "photo.header"),
        ({"Upload_Length": "many"}, 400, "photo.header"),
        ({"Upload_Metadata": "sha256 !!!"}, 400, "photo.header"),
        ({"Upload_Metadata": ""}, 400, "photo.header"),
        ({"Tus_Resumable": "0.2.0"}, 412, "tus_version"),
        ({"Authorization": "Device nonsense"}, 401, "token_unknown"),
        ({"Authorization": ""}, 401, "not_signed_in"),
    ):
        answer = uploads.begin(picture, **changed)
        assert (answer.status_code, code_of(answer)) == (status, code), changed
        assert answer.headers["Tus-Version"] == "1.0.0"
    typed = uploads.send(path, b"x", offset=0, Content_Type="text/plain")
    assert (typed.status_code, code_of(typed)) == (415, "photo.media_type")
    assert code_of(uploads.send(path, b"x", offset=5)) == "photo.offset"
    assert (
        uploads.send(f"{BLOBS_PATH}/{'0' * 8}-0000-7000-8000-{'0' * 12}", b"", offset=0).status_code
        == 404
    )
    told = app.test_client().options(BLOBS_PATH)
    assert (told.status_code, told.headers["Tus-Extension"]) == (
        204,
        "creation,checksum,expiration",
    )
    assert told.headers["Tus-Max-Size"] == str(8 * 1024 * 1024)


def test_what_belongs_to_nothing_is_removed_after_30_days(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads
) -> None:
    kept, taken_back, given_up = a_picture(16), a_picture(17), a_picture(18)
    record(phone, visit, kept)
    back_id = record(phone, visit, taken_back)
    record(phone, visit, given_up)
    for picture in (kept, taken_back):
        uploads.upload(picture)
    uploads.send(uploads.location(given_up), given_up[:100], offset=0)
    with phone.recorder.action() as action:
        action.command("photo.withdraw", back_id, {"withdrawn": True})
    phone.synchronize()

    with app.app_context():
        jobs.remove_orphans()
    assert stored(settings, taken_back) == taken_back  # its 30 days are not over
    long_ago = utc_now() - dt.timedelta(days=31)
    with app.app_context(), transaction():
        for blob in db.session.scalars(select(PhotoBlob)):
            blob.stored_at = long_ago
        db.session.get_one(Photo, back_id).withdrawn_at = long_ago
        for upload in db.session.scalars(select(PhotoUpload).where(~PhotoUpload.is_done)):
            upload.expires_at = utc_now() - KEEP_UPLOAD
    with app.app_context():
        jobs.remove_orphans()

    assert stored(settings, kept) == kept
    assert stored(settings, taken_back) is None
    assert state_of(app, back_id) == (PhotoState.REMOVED, "")
    assert not list((settings.photos / "parts").iterdir())
    with app.app_context():
        assert changes.wrong_scopes() == []


def test_a_file_that_a_restored_database_has_forgotten_is_found_in_the_folder(
    app: Flask, settings: Settings, phone: Handset, visit: str, uploads: Uploads, tmp_path: Path
) -> None:
    """The phone may have deleted the picture since the office said that it has it."""
    picture, missing = a_picture(20), a_picture(21)
    photo_id, missing_id = (record(phone, visit, each) for each in (picture, missing))
    with backed_up(app, tmp_path) as restore:
        uploads.upload(picture)
        restore()
    assert state_of(app, photo_id) == (PhotoState.EXPECTED, "")

    with app.app_context():
        jobs.remove_orphans()

    assert state_of(app, photo_id) == (PhotoState.PRESENT, "")
    assert state_of(app, missing_id) == (PhotoState.EXPECTED, "")
    assert stored(settings, picture) == picture
    phone.synchronize()
    with app.app_context():
        assert changes.wrong_scopes() == []
