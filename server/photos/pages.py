"""Photos on the site: a card on the page of a visit, receipts, the pictures themselves."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.queries.proposals import ProposalRow
from server.photos import queries
from server.photos.operations.files import PhotoFolder
from server.photos.queries import PhotoRow, Picture
from server.platform.auth import current_access, signed_in
from server.platform.errors import NotFoundError
from server.platform.settings import current_settings
from server.web.contributions import Contributor
from shared.i18n import N_
from shared.time import local_time
from shared.vocabulary import PhotoState

blueprint = Blueprint("photos_pages", __name__, template_folder="templates")

REFUSALS = {
    "photo.not_an_image": N_("What arrived was no photo."),
    "photo.too_many_pixels": N_("What arrived had too many pixels to be a photo."),
}
_KEPT_S = 24 * 3600
_MOST_PICTURES = 200
_SAME_VISIT = dt.timedelta(hours=12)


@blueprint.get("/photos/<uuid:photo_id>")
@signed_in()
def show(photo_id: UUID) -> ResponseReturnValue:
    """Serve a photo, byte for byte as the phone made it."""
    photo = queries.get_photo_file(access=current_access(), photo_id=str(photo_id))
    return _picture(_folder().path(photo.sha256), photo.media_type)


@blueprint.get("/photos/<uuid:photo_id>/thumbnail")
@signed_in()
def thumbnail(photo_id: UUID) -> ResponseReturnValue:
    """Serve the small picture of a photo; until there is one, the photo itself."""
    photo = queries.get_photo_file(access=current_access(), photo_id=str(photo_id))
    path = _folder().thumbnail(photo.sha256)
    if not photo.has_thumbnail or not path.exists():
        return _picture(_folder().path(photo.sha256), photo.media_type, kept_s=0)
    return _picture(path, "image/jpeg")


def _picture(path: Path, media_type: str, *, kept_s: int = _KEPT_S) -> Response:
    """Serve bytes from outside so that a browser takes them for nothing but a picture."""
    try:
        response = Response(path.read_bytes(), mimetype=media_type)
    except FileNotFoundError as error:
        raise NotFoundError from error
    response.set_etag(path.name)
    response.cache_control.private = True
    response.cache_control.max_age = kept_s
    # A browser shows a picture in a document of its own, and fits that into the window by styles.
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.make_conditional(request)
    return response


def _photos_of_visit(*, visit_id: str) -> str:
    photos = queries.photos_of_visit(access=current_access(), visit_id=visit_id)
    return render_template(
        "photos/visit.html",
        photos=[photo for photo in photos if photo.withdrawn_at is None],
        withdrawn=[photo for photo in photos if photo.withdrawn_at is not None],
        refusals=REFUSALS,
        states=PhotoState,
    )


def _pictures_of_visit(*, visit_id: str) -> list[dict[str, str]]:
    """Return the pictures that have arrived, for the evidence map."""
    photos = queries.photos_of_visit(access=current_access(), visit_id=visit_id)
    return [
        _shown(photo)
        for photo in photos
        if photo.withdrawn_at is None and photo.state == PhotoState.PRESENT
    ]


def _pictures_of_proposals(*, proposals: Sequence[ProposalRow]) -> dict[str, list[dict[str, str]]]:
    """Return the pictures the rep took at the customer within half a day of proposing its point."""
    if not proposals:
        return {}
    pictures = queries.pictures_at_customers(
        access=current_access(),
        rep_customers={(row.rep_id, row.customer_id) for row in proposals},
        most=_MOST_PICTURES,
    )
    return {
        row.id: [
            _shown(picture)
            for picture in pictures
            if (picture.rep_id, picture.customer_id) == (row.rep_id, row.customer_id)
            and abs(picture.taken_at - row.proposed_at) <= _SAME_VISIT
        ]
        for row in proposals
    }


def _receipts(*, expense_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the receipts of expenses by the id of the expense."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for photo in queries.receipts(access=current_access(), expense_ids=expense_ids):
        if photo.expense_id is None:
            continue
        is_here = photo.state == PhotoState.PRESENT
        note = ""
        if not is_here:
            note = (
                gettext("Still on the phone")
                if photo.state == PhotoState.EXPECTED
                else gettext(REFUSALS.get(photo.refusal, N_("No picture")))
            )
        found[photo.expense_id].append(
            {
                "url": url_for("photos_pages.show", photo_id=photo.id) if is_here else "",
                "thumbnail": url_for("photos_pages.thumbnail", photo_id=photo.id)
                if is_here
                else "",
                "label": gettext(
                    "Receipt photographed at %(clock)s, open in full size",
                    clock=f"{local_time(photo.taken_at, photo.time_zone):%H:%M}",
                ),
                "note": note,
                "is_on_another": photo.is_on_another,
            }
        )
    return found


def _shown(photo: PhotoRow | Picture) -> dict[str, str]:
    return {
        "id": photo.id,
        "url": url_for("photos_pages.show", photo_id=photo.id),
        "thumbnail": url_for("photos_pages.thumbnail", photo_id=photo.id),
        "label": gettext(
            "Photo taken at %(clock)s, open in full size",
            clock=f"{local_time(photo.taken_at, photo.time_zone):%H:%M}",
        ),
    }


def _folder() -> PhotoFolder:
    settings = current_settings()
    return PhotoFolder(settings.photos)


CONTRIBUTIONS: dict[str, Contributor] = {
    "visit": _photos_of_visit,
    "visit.photos": _pictures_of_visit,
    "proposal.photos": _pictures_of_proposals,
    "expense.receipts": _receipts,
}
