"""What Android phone this is, which language it speaks, and where its owner finds files."""

from pathlib import Path
from typing import Any

from jnius import autoclass

from mobile.device.phone import PhoneDescription
from shared.i18n import best_language

_Build = autoclass("android.os.Build")
_Version = autoclass("android.os.Build$VERSION")
_Locale = autoclass("java.util.Locale")


def describe_phone(*, app_version: str) -> PhoneDescription:
    """Describe the phone by the names its maker gave it."""
    return PhoneDescription(
        model=f"{_Build.MANUFACTURER} {_Build.MODEL}",
        system=f"Android {_Version.RELEASE}",
        app_version=app_version,
    )


def language_of_phone() -> str:
    """Return the language of ours that is nearest to the phone's."""
    # Java says "in" for Indonesian in getLanguage(), but "id" in the tag.
    return best_language(_Locale.getDefault().toLanguageTag())


def folder_for_copies(context: Any) -> Path | None:
    """Return the app's own folder on the shared storage; None where there is none now.

    A computer on the cable reads it, other apps do not, and it goes with the app. No permission.
    """
    folder = context.getExternalFilesDir(None)
    return None if folder is None else Path(folder.getAbsolutePath())
