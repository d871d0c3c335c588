"""Every setting of a deployment, read once from the environment when a process starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from flask import current_app


def _setting(help_text: str, *, default: Any = None) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A setting's environment variable is `TAPAK_` and its name in capitals."""

    data: Path = _setting("Folder of all state: database, keys, photos.", default=Path("data"))
    port: int = _setting("Port of the web server, on 127.0.0.1.", default=8080)
    database_url: str = _setting(
        "SQLAlchemy URL of the database; empty: SQLite in the data folder.", default=""
    )
    redis_url: str = _setting("Redis of the queues; empty: an embedded Valkey.", default="")
    secret_key: str = _setting(
        "Signs sessions and sync anchors; empty: made once and kept in the data folder.",
        default="",
    )
    public_url: str = _setting("Address phones reach this server at.", default="")
    reporting_currency: str = _setting("ISO 4217 code all sums are shown in.", default="IDR")
    rate_max_age_days: int = _setting(
        "How old an exchange rate may be to stand for a day without one, days.", default=14
    )
    time_zone: str = _setting("IANA time zone of the organisation.", default="Asia/Jakarta")
    holidays: str = _setting(
        "Country whose public holidays are no working days: ISO 3166, with a part as in DE-BY; "
        "`none`: only those entered by hand.",
        default="ID",
    )
    geofence_radius_m: int = _setting("Radius of a customer's geofence, metres.", default=100)
    fastest_kmh: int = _setting(
        "Faster between two check-ins is a signal: too far in too little time, km/h.", default=200
    )
    map_tiles_url: str = _setting(
        "XYZ address of map tiles, {z}/{x}/{y}; empty: outlines only, no outside request.",
        default="",
    )
    track_retention_days: int = _setting(
        "Days the tracks of reps are kept; evidence stays with its visit.", default=90
    )
    phone_kept_days: int = _setting(
        "Days for which visits, past stops, done tasks and approved expenses stay on their rep's "
        "phone, at least 62; closed deals stay four times as long. The server keeps all.",
        default=90,
    )
    phone_requests_per_minute: int = _setting(
        "Requests of sync that one phone may send in a minute, to each web server process; more "
        "are told to come later; 0: no limit.",
        default=1_200,
    )
    photo_most_bytes: int = _setting("Largest photo that is taken.", default=8 * 1024 * 1024)
    smtp_host: str = _setting("Mail server for alerts; empty: none are mailed.", default="")
    smtp_port: int = _setting("Its port.", default=587)
    smtp_security: str = _setting(
        "How it is reached: `starttls`, `tls` (from the first byte, port 465) or `none`.",
        default="starttls",
    )
    smtp_user: str = _setting("Name to sign in there with; empty: none.", default="")
    smtp_password: str = _setting("Password to sign in there with.", default="")
    mail_from: str = _setting("Address that mails come from.", default="")
    webhooks_private: bool = _setting(
        "Let webhooks of alerts reach the own network, and http:// without TLS. Whoever may type "
        "an address can then make the server call what only it reaches.",
        default=False,
    )
    secure_cookies: bool = _setting(
        "Send session cookies over HTTPS only; switch on behind TLS.", default=False
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        :raises ValueError: if a variable cannot be read as its type; the message names it
        """
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for item in fields(cls):
            name = f"TAPAK_{item.name.upper()}"
            if raw := source.get(name, ""):
                values[item.name] = _parse(name, raw, item.type)
        return cls(**values)

    @property
    def resolved_database_url(self) -> str:
        """The database to use, with psycopg named where the URL leaves the driver open."""
        if not self.database_url:
            return f"sqlite:///{self.data.resolve() / 'tapak.db'}"
        for prefix in ("postgres://", "postgresql://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def photos(self) -> Path:
        """Folder of the photos, in the folder of all state."""
        return self.data / "photos"

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.resolved_database_url.startswith("sqlite")


def current_settings() -> Settings:
    """Return the settings that the application at work was started with."""
    settings: Settings = current_app.extensions["settings"]
    return settings


def _parse(name: str, raw: str, kind: object) -> Any:
    if kind is Path:
        return Path(raw)
    if kind is int:
        if not raw.strip().lstrip("-").isdigit():
            raise ValueError(f"{name} must be a whole number, not {raw!r}")
        return int(raw)
    if kind is bool:
        if raw.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise ValueError(f"{name} must be yes or no, not {raw!r}")
        return raw.lower() in {"1", "true", "yes"}
    return raw
