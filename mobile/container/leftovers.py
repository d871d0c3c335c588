"""The files on the phone besides its database, which go with the rep's data."""

from mobile.settings import PhoneSettings
from mobile.storage.export_files import ExportFiles
from mobile.storage.photo_files import PhotoFiles


def photo_files(settings: PhoneSettings) -> PhotoFiles:
    """Return where the photos are."""
    return PhotoFiles(settings.data / "photos")


def export_files(settings: PhoneSettings) -> ExportFiles:
    """Return where copies for the rep are."""
    return ExportFiles(settings.copies or settings.data / "copies")


def delete_files(settings: PhoneSettings) -> None:
    """Delete the photos, the copies and damaged databases on this phone."""
    from mobile.storage.salvage import forget_aside

    forget_aside(settings.data)
    photo_files(settings).delete_all()
    export_files(settings).delete_all()
