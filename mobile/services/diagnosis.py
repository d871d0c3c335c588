"""A file that says how sync stands on this phone, for the rep to send to whoever helps."""

import json
from pathlib import Path

from mobile.device.phone import PhoneDescription
from mobile.services.recorder import DiskFullError, Recorder, is_disk_full
from mobile.services.records import CopyNotSavedError
from mobile.storage import contents, device, diagnosis
from mobile.storage.export_files import ExportFiles
from shared.sync.protocol import PROTOCOL_VERSION, SCHEMA_VERSION
from shared.time import business_day


class DiagnosisService:
    """Writes it. It holds no record, no customer, no place, no key."""

    def __init__(self, *, recorder: Recorder, files: ExportFiles, phone: PhoneDescription) -> None:
        self._recorder = recorder
        self._files = files
        self._phone = phone

    def save(self) -> Path:
        """
        Write the file; return where. With the next sync all rows are compared with the office's.

        :raises NotEnrolledError: on a phone that is nobody's
        :raises DiskFullError: if there is no room
        :raises CopyNotSavedError: if the folder cannot be written to
        """
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            state = device.get(connection)
            made_at = state.true_time(reading)
            report = {
                "what": "How sync stands on this phone. No records, places, keys or tokens.",
                "made_at": made_at.isoformat(timespec="seconds"),
                "phone": {
                    "id": state.device_id,
                    "rep_id": state.user_id,
                    "office": state.server_url,
                    "model": self._phone.model,
                    "system": self._phone.system,
                    "app": self._phone.app_version,
                    "protocol": PROTOCOL_VERSION,
                    "schema": SCHEMA_VERSION,
                },
                "clock": {
                    "wall_ms": reading.wall_ms,
                    "elapsed_ms": reading.elapsed_ms,
                    "boot_id": reading.boot_id,
                },
                **diagnosis.read(connection),
            }
        name = f"tapak-sync-{business_day(made_at, state.time_zone)}.json"
        try:
            path = self._files.write(name, json.dumps(report, ensure_ascii=False, indent=1))
            with self._recorder.database.write() as connection:
                contents.ask(connection)
        except OSError as error:
            if is_disk_full(error):
                raise DiskFullError from error
            raise CopyNotSavedError from error
        return path
