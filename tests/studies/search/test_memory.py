"""A worker whose memory has grown is replaced by a fresh process."""

from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

from dlrun.machine import resident_memory
from dlrun.runs import SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.search import crew, memory
from dlrun.studies.search.memory import MOST_GROWTH, MemoryWatch
from dlrun.studies.search.whole import work_on_search

GRID = "method: grid\nspace: {fit.batch_size: [1, 2, 3, 4]}"


class Heard(Audience):
    """Remembers what was told."""

    def __init__(self):
        self.told = []

    def tells(self, sentence):
        self.told.append(sentence)


def readings(monkeypatch, *numbers):
    """Let workers that begin from now on read these numbers."""
    given = iter(numbers)

    def watch():
        return MemoryWatch(lambda: next(given))

    monkeypatch.setattr(crew, "MemoryWatch", watch)
    monkeypatch.setattr(memory, "MemoryWatch", watch)


def test_growth_counts_from_the_first_trial_on(tmp_path):
    numbers = iter([1000, 1500, 900])
    watch = MemoryWatch(lambda: next(numbers))

    assert [watch.trial_is_over() for _ in range(3)] == [0, 500, 0]
    assert resident_memory() > 10_000_000
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/statm").write_text("900 3 2 1 0 1 0\n")
    assert resident_memory(tmp_path) in {3 * 4096, 3 * 16384, 3 * 65536}
    assert resident_memory(tmp_path / "elsewhere") > 10_000_000


def test_a_worker_that_has_grown_says_so_and_takes_no_further_trial(
    search, stub, monkeypatch
):
    plan = search.plan(GRID)
    folder = search.begin(plan).trials.folder
    ours, theirs = Pipe()
    readings(monkeypatch, 5, 5 + MOST_GROWTH, 6 + MOST_GROWTH)

    crew._work(theirs, folder, plan.end_overrides)

    told = []
    while ours.poll():
        told.append(ours.recv())
    theirs.close()
    assert told[-1] == ("grown", MOST_GROWTH + 1)
    assert [one[1] for one in told if one[0] == "trial"] == [1, 2, 3]
    ours.close()


def processes(monkeypatch, *messages):
    """Processes that say this, one after the other, and end."""
    said = iter(messages)

    def start(*_):
        ours, theirs = Pipe()
        for message in next(said):
            theirs.send(message)
        theirs.close()
        return SimpleNamespace(join=lambda: None, exitcode=0), ours

    monkeypatch.setattr(crew, "start_process", start)
    return said


def test_the_crew_puts_a_fresh_process_in_its_place(tmp_path, monkeypatch):
    heard = Heard()
    left = processes(
        monkeypatch, [("trial", 1), ("grown", 512_000_000)], [("trial", 2)], []
    )

    found = [*crew.SearchCrew(SearchFolder(tmp_path), [], heard).work(1)]

    assert found == [1, 2]
    assert heard.told == [
        "a worker has grown by 512.0 MB since its first trial: a fresh one goes on"
    ]
    assert next(left, None) == []


def test_the_process_of_the_command_hands_over_once_it_has_grown(
    search, stub, monkeypatch
):
    plan, heard = search.plan(GRID), Heard()
    folder = search.begin(plan).trials.folder
    readings(monkeypatch, 5, 6 + MOST_GROWTH)
    processes(monkeypatch, [("trial", 3), ("trial", 4)])

    assert [*work_on_search(plan, folder, 1, heard)] == [1, 2, 3, 4]

    assert len(heard.told) == 1
    assert {number for number, _ in stub.trained} == {1, 2}
