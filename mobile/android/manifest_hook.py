"""python-for-android's hook: gives the package a FileProvider, by which the camera app may write.

Its template of the manifest has no place for a provider, so it is put in after rendering. The
provider opens one folder of the app's private files, to nobody without a grant for one file.
"""

from pathlib import Path
from typing import Any

PROVIDER = """
        <provider android:name="androidx.core.content.FileProvider"
                  android:authorities="${applicationId}.photos"
                  android:exported="false"
                  android:grantUriPermissions="true">
            <meta-data android:name="android.support.FILE_PROVIDER_PATHS"
                       android:resource="@xml/photo_paths" />
        </provider>
"""
PATHS = """<?xml version="1.0" encoding="utf-8"?>
<paths>
    <files-path name="photos" path="tapak/photos/" />
</paths>
"""
_END = "</application>"


def with_provider(manifest: str) -> str:
    """
    Return a manifest with the provider; one that has it stays as it is.

    :raises ValueError: if there is not exactly one application in it
    """
    if "FileProvider" in manifest:
        return manifest
    if manifest.count(_END) != 1:
        raise ValueError("the manifest has no single application")
    return manifest.replace(_END, f"{PROVIDER}    {_END}")


def before_apk_assemble(_toolchain: Any) -> None:
    """Mend the rendered project; python-for-android calls this in its folder."""
    source = Path("src/main")
    manifest = source / "AndroidManifest.xml"
    manifest.write_text(with_provider(manifest.read_text()))
    paths = source / "res" / "xml" / "photo_paths.xml"
    paths.parent.mkdir(parents=True, exist_ok=True)
    paths.write_text(PATHS)
