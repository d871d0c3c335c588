"""Photos of a visit, or of an expense: taking one, looking at it, removing it, undoing that."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from mobile.device.camera import Camera, CameraError
from mobile.screens.formats import clock_time
from mobile.screens.view_model import Background, ViewModel
from mobile.screens.words import photo_problem, service_problem
from mobile.services.recorder import ServiceError
from mobile.services.views import PhotoView
from shared.i18n import N_, _


class PhotoService(Protocol):
    """What a rep does with photos."""

    def of(self, subject_id: str) -> tuple[PhotoView, ...]:
        """Return the photos of a visit or an expense."""

    def raw_file(self) -> Path:
        """Return a new place for what the camera takes."""

    def keep(self, subject_id: str, raw: Path) -> str:
        """Make it small, hash and record it; slow. Return its id."""

    def remove(self, photo_id: str) -> None:
        """Take a photo back."""

    def restore(self, photo_id: str) -> None:
        """Undo a removal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTile:
    """A small picture; the fields are the properties of `mobile.widgets.photos.PhotoTile`."""

    key: str
    source: str
    time: str
    icon: str
    tone: str

    def properties(self) -> dict[str, str]:
        """Return the tile's properties by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosState:
    """What the card of photos shows."""

    tiles: tuple[PhotoTile, ...] = ()
    note: str = ""
    problem: str = ""
    action: str = ""
    is_busy: bool = False
    removed: str = ""
    """The photo whose removal can be undone."""


class Photos(ViewModel[PhotosState]):
    """Everything slow happens in the background; the rep goes on meanwhile."""

    def __init__(
        self,
        *,
        photos: PhotoService,
        camera: Camera,
        background: Background,
        zone: Callable[[], str],
        action: str = N_("Take a photo"),
    ) -> None:
        super().__init__(PhotosState())
        self._photos = photos
        self._camera = camera
        self._background = background
        self._zone = zone
        self._action = action
        self._subject_id: str | None = None
        self._shown: dict[str, PhotoView] = {}

    def show(self, subject_id: str) -> None:
        """Show the photos of a visit or an expense; an empty id is the expense being written."""
        if subject_id != self._subject_id:
            self._subject_id = subject_id
            self.state = PhotosState()
        self.refresh()

    def refresh(self) -> None:
        """Read the photos anew."""
        if self._subject_id is None:
            return
        found = self._photos.of(self._subject_id)
        self._shown = {photo.id: photo for photo in found}
        is_simulated = self._camera.is_simulated
        self._show(
            replace(
                self.state,
                tiles=tuple(photo_tile(photo, self._zone()) for photo in found),
                note=_("The camera is simulated: it draws a picture that says so.")
                if is_simulated
                else "",
                action=_("Saving the photo…") if self.state.is_busy else _(self._action),
            )
        )

    def take(self) -> None:
        """Open the camera; the photo is saved in the background."""
        if self.state.is_busy or self._subject_id is None:
            return
        subject_id = self._subject_id
        self._show(replace(self.state, is_busy=True, problem="", removed=""))
        self.refresh()
        self._background(lambda: self._take(subject_id), self._taken)

    def remove(self, photo_id: str) -> None:
        """Take a photo back; the card offers to undo it."""
        if self._do(self._photos.remove, photo_id):
            self._show(replace(self.state, removed=photo_id, problem=""))
        self.refresh()

    def undo(self) -> None:
        """Bring the photo back that was removed last."""
        if self.state.removed:
            self._do(self._photos.restore, self.state.removed)
            self._show(replace(self.state, removed=""))
            self.refresh()

    def _do(self, what: Callable[[str], None], photo_id: str) -> bool:
        """Do it, or say why it cannot be done any more."""
        try:
            what(photo_id)
        except ServiceError as problem:
            self._show(replace(self.state, removed="", problem=service_problem(problem.code)))
            return False
        return True

    def explain(self, photo_id: str) -> tuple[str, str]:
        """Return title and words about a photo: when it was taken, and what has become of it."""
        photo = self._shown[photo_id]
        if photo.problem:
            words = photo_problem(photo.problem)
        elif photo.is_sent:
            words = _("The server has it. It stays there even if this phone is lost.")
        else:
            words = _(
                "Saved on this phone. It is sent after your records, when the network allows."
            )
        return _("Photo taken at %(time)s", time=self._time(photo)), words

    def choices(self) -> list[tuple[str, str, str]]:
        """Return what can be done with a photo, as (key, icon, words)."""
        return [("remove", "delete-outline", _("Remove the photo"))]

    def _take(self, subject_id: str) -> str:
        """Take and keep a photo, on a worker's thread; return the code of what went wrong."""
        raw = self._photos.raw_file()
        try:
            if self._camera.take(raw):
                self._photos.keep(subject_id, raw)
        except (CameraError, ServiceError) as problem:
            return problem.code
        finally:
            raw.unlink(missing_ok=True)
        return ""

    def _taken(self, problem: str) -> None:
        words = service_problem(problem) if problem else ""
        self._show(replace(self.state, is_busy=False, problem=words))
        self.refresh()

    def _time(self, photo: PhotoView) -> str:
        return clock_time(photo.taken_at, self._zone())


def photo_tile(photo: PhotoView, zone: str) -> PhotoTile:
    """Return a photo as a small picture: when it was taken, and how far it is sent."""
    icon, tone = ("cloud-upload-outline", "info")
    if photo.problem:
        icon, tone = ("cloud-alert-outline", "bad")
    elif photo.is_sent:
        icon, tone = ("cloud-check-outline", "good")
    time = clock_time(photo.taken_at, zone)
    return PhotoTile(key=photo.id, source=photo.small, time=time, icon=icon, tone=tone)
