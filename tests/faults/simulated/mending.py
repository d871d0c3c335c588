"""The server's bug is mended, and what it had refused for it is applied after all."""

from click.testing import CliRunner
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from server.identity.models import Device
from server.platform.database import db
from server.sync import commands
from server.sync.models import ChangeLog, Quarantine
from tests.faults.simulated.troubles import Troubles


class Mending(Troubles):
    """Not around a backup: one that is brought back asks for the same once more."""

    @precondition(lambda self: self.backup is None and not self.was_restored)
    @rule()
    def mend_the_server(self) -> None:
        """Apply again what failed, of each device there was; then the bug comes back."""
        self.be_healthy()
        try:
            with self.app.app_context():
                devices = db.session.scalars(
                    select(Device.id).where(Device.user_id.in_(self.owners))
                ).all()
                self.replayed |= set(
                    db.session.scalars(
                        select(ChangeLog.record_id).where(
                            ChangeLog.device_id.in_(devices), ChangeLog.status == "rejected"
                        )
                    )
                )
                db.session.rollback()
                for device_id in devices:
                    done = CliRunner().invoke(
                        commands.group, ["replay", "--device", device_id], catch_exceptions=False
                    )
                    assert done.exit_code == 0, done.output
                left = select(Quarantine.reason).where(
                    Quarantine.device_id.in_(devices), Quarantine.reason == "internal"
                )
                assert db.session.scalars(left).all() == []
                db.session.rollback()
        finally:
            self.break_the_server()
