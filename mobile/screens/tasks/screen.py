"""The rep's tasks."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _
from shared.vocabulary import TaskState


class TasksScreen(BoundScreen):
    """Lists tasks; a tap says what can be done with one."""

    def choose(self, task_id: str) -> None:
        """Ask what to do with a task."""
        self.ask(
            lambda key: self._do(task_id, key),
            title=self.view_model.title(task_id),
            text=self.view_model.words(task_id),
            choices=self.view_model.choices(task_id),
        )

    def _do(self, task_id: str, key: str) -> None:
        if key == "change":
            self.ways.task(task_id)
        elif key == "customer":
            self.ways.customer(self.view_model.customer_id(task_id))
        elif key == "sync":
            self.ways.tab("sync")
        else:
            self._set_state(task_id, TaskState(key))

    def _set_state(self, task_id: str, state: TaskState) -> None:
        before = self.view_model.set_state(task_id, state)
        words = {
            TaskState.OPEN: _("The task is open again."),
            TaskState.IN_PROGRESS: _("The task is begun."),
            TaskState.DONE: _("The task is done."),
            TaskState.CANCELLED: _("The task is cancelled."),
        }[state]
        self.ways.say(words, lambda: self.view_model.set_state(task_id, before))


load_rules(__file__)
