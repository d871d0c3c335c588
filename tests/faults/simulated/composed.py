"""Several things in a row that chance alone seldom brings together."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shared.vocabulary import TaskState
from tests.fakes.network import Fault
from tests.faults.simulated.figures import Figures
from tests.faults.simulated.office import Office
from tests.faults.simulated.own_fields import OwnFields
from tests.faults.simulated.pipeline import WHAT, Pipeline
from tests.faults.simulated.reps import Reps
from tests.faults.simulated.troubles import Troubles
from tests.faults.simulated.world import PHONES, PHONES_OF_SARI


class Composed(Figures, Office, OwnFields, Pipeline, Reps, Troubles):
    """What a phone must come through at its worst moment."""

    @rule(who=PHONES, mine=WHAT, theirs=WHAT)
    def change_one_deal_on_both_sides(self, who: int, mine: str, theirs: str) -> None:
        """Let a rep and the office write into one deal, neither knowing of the other."""
        self.make_a_deal(who)
        self.sync(who, [])
        self.write_into_a_deal(theirs)
        self.work_on_a_deal(who, mine)

    @rule(who=PHONES)
    def fill_in_one_field_on_both_sides(self, who: int) -> None:
        """Have the rep asked."""
        self.sync(who, [])
        self.let_the_office_fill_in_a_field()
        self.fill_in_a_field(who, customer_id=self.company.maju)
        self.sync(who, [])

    @rule(who=PHONES)
    def write_into_one_visit_on_both_sides(self, who: int) -> None:
        """Keep both texts."""
        self.work_on(who, "write_notes")
        self.sync(who, [])
        self.add_to_notes()
        self.work(who, "write_notes")
        self.sync(who, [])

    @precondition(lambda self: "lost" not in self.had)
    @rule(who=PHONES)
    def lose_what_came_since_the_backup(self, who: int) -> None:
        """Make a backup, work, sync, and bring the backup back: the server lacks what it had."""
        self.had |= {"lost"}
        self.back_the_server_up()
        phone = self.phones[who]
        prospect = phone.customers.create_prospect(name=f"Warung {self.next()}")
        phone.tasks.create(title=f"Task {self.next()}", customer_id=prospect)
        self.sync(who, [])
        self.restore_the_server()

    @rule(who=PHONES)
    def meet_the_servers_bug(self, who: int) -> None:
        """Send a group that the server fails at, and what came after it."""
        self.work(who, "poison")
        self.work(who, "write_notes")
        self.sync(who, [])

    @rule(who=PHONES, batches=st.integers(1, 2))
    def be_cut_off_between_answers(self, who: int, batches: int) -> None:
        """Change one visit several times, and hear what became of the first changes alone."""
        self.work(who, "write_notes")
        self.sync(who, [])
        self.phones[who].phone.batch.changes = 2  # as after bad networks; it doubles each time
        for _ in range(2 ** (batches + 1)):
            self.work(who, "write_notes")
        self.sync(who, [Fault.NONE] * batches + [Fault.LOSE_REQUEST])

    @precondition(lambda self: self.cloned is None and "lost" not in self.had)
    @rule(one=PHONES_OF_SARI, more=st.integers(0, 2), asks=st.booleans())
    def lose_what_the_other_phone_has_the_numbers_of(
        self, one: int, more: int, *, asks: bool
    ) -> None:
        """Let two phones of the same data work, one before a backup comes back and one after.

        The first one is enrolled again at once, or asks first how it stands.
        """
        self.had |= {"lost"}
        self.sync(one, [])
        self.clone(one)
        self.back_the_server_up()
        self._note_tasks(one, 2)
        self.sync(one, [])
        self.restore_the_server()
        self._note_tasks(1 - one, 1 + more)
        self.sync(1 - one, [])
        if asks:
            self.sync(one, [])
        else:
            self.enrol(one)

    def _note_tasks(self, who: int, count: int) -> None:
        for _ in range(count):
            self.work_on_tasks(who, TaskState.OPEN)

    @rule(who=PHONES)
    def be_away_while_a_deletion_is_forgotten(self, who: int) -> None:
        """Let a phone come back that did not hear of a deletion, and will not hear of it."""
        self.sync(who, [])
        self.delete_a_customer_or_bring_it_back()
        self.forget_old_news()
        self.sync(who, [])
