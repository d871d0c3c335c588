"""The bytes of photos by tus 1.0 (creation, checksum, expiration), and photos for programs."""

import datetime as dt
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from werkzeug.exceptions import ClientDisconnected

from server.identity import operations as identity
from server.identity.queries import KnownPhone
from server.photos import queries
from server.photos.operations import images, uploads
from server.photos.operations.files import PhotoFolder
from server.photos.operations.uploads import Upload
from server.photos.queries import PhotoRow
from server.photos.schemas import PhotoQuerySchema, PhotoRowSchema
from server.platform.auth import NotSignedInError, current_access, signed_in
from server.platform.errors import ProblemError
from server.platform.json import answers
from server.platform.queues import QueueNames, nudge
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.i18n import N_
from shared.photos import (
    ALGORITHMS,
    BLOBS_PATH,
    CHECKSUM_MISMATCH,
    OFFSET_BYTES,
    TUS_RESUMABLE,
    TUS_VERSION,
    UPLOAD_CHECKSUM,
    UPLOAD_EXPIRES,
    UPLOAD_LENGTH,
    UPLOAD_METADATA,
    UPLOAD_OFFSET,
    checksum_fits,
    is_sha256,
    read_metadata,
)
from shared.sync.protocol import SYNC_HEADER
from shared.time import utc_now

blueprint = Blueprint("photos", __name__, description="Photos, and their bytes (docs/photos.md).")

_THUMBNAILS = "server.photos.jobs.make_thumbnails"
_DEVICE_SCHEME = "Device "
_PIECE = 64 * 1024


class TusVersionError(ProblemError):
    """The client speaks no version of tus that is understood here."""

    code = "tus_version"
    status = 412
    title = N_("Uploads need the header Tus-Resumable: 1.0.0.")


class UploadHeaderError(ProblemError):
    """A header of the upload is missing or makes no sense."""

    code = "photo.header"
    status = 400
    title = N_("A header of the upload is missing or wrong.")


class NoPieceError(ProblemError):
    """The body is not announced as a piece of a file."""

    code = "photo.media_type"
    status = 415
    title = N_("A piece of a photo is sent as application/offset+octet-stream.")


class ChecksumError(ProblemError):
    """The piece was damaged on its way; nothing of it is kept."""

    code = "photo.checksum"
    status = CHECKSUM_MISMATCH
    title = N_("The piece arrived damaged. It is sent again.")


@blueprint.after_request
def mark_as_tus(response: Response) -> Response:
    """Say which protocol this is, and that nothing between may keep it."""
    if request.path.startswith(BLOBS_PATH):
        response.headers[TUS_RESUMABLE] = TUS_VERSION
        response.headers["Tus-Version"] = TUS_VERSION
        response.headers[SYNC_HEADER] = "1"
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route(BLOBS_PATH, methods=["OPTIONS"])
@blueprint.doc(responses={"204": {"description": "What this server can do."}})
def describe() -> ResponseReturnValue:
    """Say which parts of tus are understood here, and how large a photo may be."""
    headers = {
        "Tus-Extension": "creation,checksum,expiration",
        "Tus-Max-Size": str(current_settings().photo_most_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status=204, headers=headers)


@blueprint.post(BLOBS_PATH)
@blueprint.doc(security=[{"device": []}], responses=answers(status=201))
def begin_upload() -> ResponseReturnValue:
    """Begin the upload of a photo whose record is here, or find the one under way."""
    device = _device()
    now = utc_now()
    sha256 = read_metadata(request.headers.get(UPLOAD_METADATA, "")).get("sha256")
    if not is_sha256(sha256):
        raise UploadHeaderError("Upload-Metadata needs sha256, in hex", field=UPLOAD_METADATA)
    assert sha256 is not None
    length = _number(UPLOAD_LENGTH)
    rep_id = device.user_id
    with transaction():
        upload = uploads.begin(
            rep_id=rep_id,
            sha256=sha256,
            length=length,
            longest=current_settings().photo_most_bytes,
            folder=_folder(),
            at=now,
        )
    upload = _look_at(upload, rep_id=rep_id, at=now)
    location = url_for("photos.tell_offset", upload_id=upload.id, _external=True)
    return Response(status=201, headers={"Location": location, **_progress(upload)})


@blueprint.route(f"{BLOBS_PATH}/<uuid:upload_id>", methods=["HEAD"])
@blueprint.doc(security=[{"device": []}], responses=answers(status=200))
def tell_offset(upload_id: UUID) -> ResponseReturnValue:
    """Say how much of the photo is here."""
    rep_id, now = _device().user_id, utc_now()
    with transaction():
        upload = uploads.find(upload_id=str(upload_id), rep_id=rep_id, folder=_folder(), at=now)
    upload = _look_at(upload, rep_id=rep_id, at=now)
    return Response(status=200, headers=_progress(upload))


@blueprint.patch(f"{BLOBS_PATH}/<uuid:upload_id>")
@blueprint.doc(security=[{"device": []}], responses=answers(status=204))
def take_piece(upload_id: UUID) -> ResponseReturnValue:
    """Take a piece of the photo; with the last one the photo is looked at and kept."""
    rep_id, now = _device().user_id, utc_now()
    if request.mimetype != OFFSET_BYTES:
        raise NoPieceError
    offset = _number(UPLOAD_OFFSET)
    chunk, is_cut = _body()
    if (wanted := request.headers.get(UPLOAD_CHECKSUM)) is not None:
        fits = checksum_fits(wanted, chunk)
        if fits is None:
            raise UploadHeaderError("no checksum that can be read", field=UPLOAD_CHECKSUM)
        if not fits:
            raise ChecksumError
    with transaction():
        upload = uploads.append(
            upload_id=str(upload_id),
            rep_id=rep_id,
            offset=offset,
            chunk=chunk,
            folder=_folder(),
            at=now,
        )
    if is_cut:
        raise ClientDisconnected
    upload = _look_at(upload, rep_id=rep_id, at=now)
    return Response(status=204, headers=_progress(upload))


@blueprint.get("/api/v1/photos")
@signed_in()
@blueprint.arguments(PhotoQuerySchema, location="query")
@blueprint.response(200, PhotoRowSchema(many=True))
def list_photos(query: dict[str, Any]) -> list[PhotoRow]:
    """Return the photos of a visit, or an expense's receipts, in the order they were taken."""
    access = current_access()
    if "expense" in query:
        return queries.receipts(access=access, expense_ids={str(query["expense"])})
    return queries.photos_of_visit(access=access, visit_id=str(query["visit"]))


def _look_at(upload: Upload, *, rep_id: str, at: dt.datetime) -> Upload:
    """Check a photo that is whole, and keep it; also after a kill between its last piece and this.

    :raises ProblemError: 422, if it is not what its record says, or no photo
    """
    if not upload.is_whole:
        return upload
    folder = _folder()
    # Outside of a transaction: to decode a picture takes long, and others want to write.
    try:
        if images.sha256_of(folder.part(upload.id)) != upload.sha256:
            with transaction():
                uploads.start_again(upload_id=upload.id, rep_id=rep_id, folder=folder, at=at)
            raise uploads.WrongHashError
        examined = images.examine(folder.part(upload.id))
    except (images.NotAnImageError, images.TooManyPixelsError) as error:
        with transaction():
            uploads.refuse(
                upload_id=upload.id, rep_id=rep_id, code=error.code, folder=folder, at=at
            )
        raise
    except FileNotFoundError:
        pass  # somebody else asked at the same time, and it is kept
    else:
        with transaction():
            uploads.finish(
                upload_id=upload.id, rep_id=rep_id, examined=examined, folder=folder, at=at
            )
        nudge(_THUMBNAILS, queue=QueueNames.PERIODIC)
    with transaction():
        return uploads.find(upload_id=upload.id, rep_id=rep_id, folder=folder, at=at)


def _body() -> tuple[bytes, bool]:
    """Return what arrived of the body, and whether the connection broke before its end."""
    # Past the limit of one request the framework answers 413 by itself.
    stream, chunk = request.stream, bytearray()
    try:
        while piece := stream.read(_PIECE):
            chunk += piece
    except (ClientDisconnected, OSError):
        return bytes(chunk), True
    return bytes(chunk), len(chunk) < (request.content_length or 0)


def _device() -> KnownPhone:
    """Return the phone that asks, in a version of tus that is understood.

    :raises ProblemError: 401 or 412
    """
    header = request.headers.get("Authorization", "")
    if not header.startswith(_DEVICE_SCHEME):
        raise NotSignedInError
    device = identity.authenticate_device(
        access=header.removeprefix(_DEVICE_SCHEME).strip(), at=utc_now(), sends=True
    )
    if request.headers.get(TUS_RESUMABLE) != TUS_VERSION:
        raise TusVersionError
    return device


def _number(header: str) -> int:
    value = request.headers.get(header, "")
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise UploadHeaderError(f"{header} is a whole number", field=header)
    return int(value)


def _progress(upload: Upload) -> dict[str, str]:
    return {
        UPLOAD_OFFSET: str(upload.offset),
        UPLOAD_LENGTH: str(upload.length),
        UPLOAD_EXPIRES: format_datetime(upload.expires_at, usegmt=True),
    }


def _folder() -> PhotoFolder:
    return PhotoFolder(current_settings().photos)
