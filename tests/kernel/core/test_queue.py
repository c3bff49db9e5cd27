import pytest

from nuanxin.kernel.core import queue, snapshots, tallies
from nuanxin.kernel.core.changes import Author, items_of, note_item, open_change
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.models import QueuedStep
from nuanxin.kernel.core.snapshots import SnapshotTable, all_snapshot_tables, register_snapshot_table
from nuanxin.kernel.core.tallies import StockTally, Tally, all_tallies, register_tally

pytestmark = [pytest.mark.db, pytest.mark.django_db]


class Handler:
    def __init__(self):
        self.seen, self.broken = [], set()

    def __call__(self, key, change):
        note_item(change=change, table="t", record_id=len(self.seen), action="add", diff={"key": [None, key]})
        if key in self.broken:
            raise Fault(f"cannot do {key}")
        self.seen.append(key)


@pytest.fixture
def handler(monkeypatch):
    monkeypatch.setattr(queue, "_handlers", {})
    made = Handler()
    queue.register_handler("letter", made)
    return made


@pytest.fixture
def change():
    return open_change(author=Author("测试"), verb="confirm", reason="r", source="s")


def test_a_step_is_done_once_however_often_it_is_asked_for(handler, change):
    for _ in range(3):
        queue.enqueue_step(kind="letter", key="7", change=change)
    assert queue.run_waiting_steps() == queue.StepCounts(done=1, failed=0)
    assert queue.run_waiting_steps() == queue.StepCounts(done=0, failed=0)
    queue.enqueue_step(kind="letter", key="7", change=change)
    queue.run_waiting_steps()
    assert handler.seen == ["7"]
    assert QueuedStep.objects.get().done_at is not None


def test_a_failed_step_writes_nothing_waits_and_is_shown(handler, change):
    handler.broken = {"2"}
    for key in "123":
        queue.enqueue_step(kind="letter", key=key, change=change)
    assert queue.run_waiting_steps() == queue.StepCounts(done=2, failed=1)
    step = QueuedStep.objects.get(key="2")
    assert (step.state, step.attempts, step.last_error) == ("waiting", 1, "Fault: cannot do 2")
    assert items_of(table="t", record_id=1).count() == 1
    handler.broken = set()
    assert queue.run_waiting_steps().done == 1
    step.refresh_from_db()
    assert (step.state, step.attempts, step.last_error) == ("done", 2, "")


def test_failing_steps_do_not_starve_new_ones(handler, change):
    handler.broken = {"1", "2"}
    for key in "12":
        queue.enqueue_step(kind="letter", key=key, change=change)
    queue.run_waiting_steps(limit=2)
    queue.enqueue_step(kind="letter", key="3", change=change)
    queue.run_waiting_steps(limit=1)
    assert handler.seen == ["3"]


def test_a_step_may_be_asked_for_again(handler, change):
    queue.enqueue_step(kind="letter", key="7", change=change)
    queue.run_waiting_steps()
    queue.reopen_step(kind="letter", key="7", change=change)
    queue.run_waiting_steps()
    assert handler.seen == ["7", "7"]


def test_a_kind_that_nobody_does_stays_waiting(handler, change):
    queue.enqueue_step(kind="bed", key="7", change=change)
    assert queue.run_waiting_steps() == queue.StepCounts(done=0, failed=0)
    assert QueuedStep.objects.get().state == "waiting"


def test_two_handlers_of_a_kind_are_our_fault(handler):
    queue.register_handler("letter", handler)
    with pytest.raises(Fault):
        queue.register_handler("letter", Handler())


def test_a_name_is_registered_once(monkeypatch):
    monkeypatch.setattr(tallies, "_registered", {})
    monkeypatch.setattr(snapshots, "_registered", {})
    tally = Tally("t-x", "事", "t", "on", "booked_month", "person_id")
    stock = StockTally("t-x", "量", "t", "booked_from", "booked_to", "person_id")
    register_tally(tally)
    register_tally(tally)
    with pytest.raises(Fault):
        register_tally(stock)
    table = SnapshotTable("t-x", "t", ("id",), None, "id")
    register_snapshot_table(table)
    with pytest.raises(Fault):
        register_snapshot_table(SnapshotTable("t-x", "t", ("id", "name"), None, "id"))
    assert all_tallies().pop("t-x") is tally
    assert all_snapshot_tables()["t-x"] is table
