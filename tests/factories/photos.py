"""Pictures as bytes, their records, and a plain client of the upload protocol."""

import datetime as dt
import hashlib
import io
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from mobile.services.recorder import Recorder
from server.photos.operations import records, uploads
from server.photos.operations.files import PhotoFolder
from server.photos.operations.images import examine
from shared.checkin.evidence import ClockReading
from shared.checkin.time_trust import TrustedTime
from shared.photos import BLOBS_PATH, OFFSET_BYTES, write_metadata
from shared.sync.ids import new_id
from shared.vocabulary import PhotoPurpose, TimeTrust
from tests.factories.company import ZONE
from tests.factories.visits import MONDAY_9


def a_picture(
    seed: int = 1, *, width: int = 320, height: int = 240, kind: str = "JPEG", **options: Any
) -> bytes:
    """Return a picture; another seed gives another one."""
    image = Image.effect_noise((width, height), 20 + seed).convert("RGB")
    image.putpixel((0, 0), (seed % 256, seed // 256 % 256, 0))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def hash_of(picture: bytes) -> str:
    """Return the hash a phone would record."""
    return hashlib.sha256(picture).hexdigest()


def record_photo(recorder: Recorder, visit_id: str, picture: bytes, **other: Any) -> str:
    """Record a photo as the app does, but any bytes; return its id."""
    photo_id = new_id()
    data = {
        "visit_id": visit_id,
        "sha256": hash_of(picture),
        "size_bytes": len(picture),
        "width_px": 320,
        "height_px": 240,
        "purpose": "visit",
        "time_zone": "Asia/Jakarta",
        **other,
    }
    with recorder.action() as action:
        action.create("photo", photo_id, data)
    return photo_id


@dataclass
class Uploads:
    """Speaks tus 1.0 by hand."""

    client: FlaskClient
    token: str

    def begin(self, picture: bytes, **headers: str) -> TestResponse:
        """Ask to upload."""
        metadata = write_metadata(sha256=hash_of(picture))
        wanted = {"Upload-Length": str(len(picture)), "Upload-Metadata": metadata, **headers}
        return self.client.post(BLOBS_PATH, headers=self._headers(wanted))

    def location(self, picture: bytes) -> str:
        """Ask to upload, and return the path of the upload."""
        answer = self.begin(picture)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.headers["Location"].removeprefix("http://localhost")

    def send(self, path: str, chunk: bytes, *, offset: int, **headers: str) -> TestResponse:
        """Send a piece."""
        wanted = {"Upload-Offset": str(offset), "Content-Type": OFFSET_BYTES, **headers}
        return self.client.patch(path, data=chunk, headers=self._headers(wanted))

    def offset(self, path: str) -> int:
        """Ask how much is there."""
        answer = self.client.head(path, headers=self._headers({}))
        assert answer.status_code == 200, answer.status
        return int(answer.headers["Upload-Offset"])

    def upload(self, picture: bytes, *, piece: int = 100_000) -> None:
        """Upload a picture in pieces."""
        path = self.location(picture)
        for start in range(0, len(picture), piece):
            answer = self.send(path, picture[start : start + piece], offset=start)
            assert answer.status_code == 204, answer.get_data(as_text=True)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        return {
            "Authorization": f"Device {self.token}",
            "Tus-Resumable": "1.0.0",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }


def keep_photo(
    *,
    rep_id: str,
    visit_id: str,
    picture: bytes,
    folder: PhotoFolder | None = None,
    at: dt.datetime = MONDAY_9,
    trust: TimeTrust = TimeTrust.VERIFIED,
) -> str:
    """Record a photo on the server, with its bytes where a folder is given; return its id."""
    photo = records.record_photo(
        records.NewPhoto(
            photo_id=new_id(),
            visit_id=visit_id,
            rep_id=rep_id,
            sha256=hash_of(picture),
            size_bytes=len(picture),
            width_px=320,
            height_px=240,
            purpose=PhotoPurpose.VISIT,
            clock=ClockReading(wall_at=at, time_zone=ZONE, boot_id="b", elapsed_ms=0),
            time=TrustedTime(at=at, trust=trust),
            received_at=at,
        )
    )
    if folder is not None:
        upload = uploads.begin(
            rep_id=rep_id,
            sha256=photo.sha256,
            length=len(picture),
            longest=len(picture),
            folder=folder,
            at=at,
        )
        if not upload.is_done:
            uploads.append(
                upload_id=upload.id,
                rep_id=rep_id,
                offset=0,
                chunk=picture,
                folder=folder,
                at=at,
            )
            examined = examine(folder.part(upload.id))
            uploads.finish(
                upload_id=upload.id, rep_id=rep_id, examined=examined, folder=folder, at=at
            )
    return photo.id
