"""Killed at any moment, several at once or in two tabs: what was acknowledged is there, whole, and in one order."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from store_desk import TEXT, Desk, add, shown

from biobert_demo.review import Correction, StaleEdit
from biobert_demo.store import Store

SAVING = Path(__file__).with_name("saving_process.py")
KILLS = 15


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SAVING), str(folder), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read_acknowledged(output: str) -> list[Any]:
    """The whole lines of a process's output; one that was cut off was not acknowledged."""
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]


def kept_steps(desk: Desk) -> dict[tuple[int, int], str]:
    """(review, number) -> request of each step that another program finds in the file."""
    rows = desk.query("SELECT review_id, number, request FROM steps")
    return {(review, number): request for review, number, request in rows}


def test_killed_at_any_moment_nothing_acknowledged_is_lost(desk: Desk) -> None:
    for name in "abc":
        desk.add(name, f"{TEXT} {name}", "allergy=Disease,BRX7=Gene")
    desk.store.close()
    chance = random.Random(20)
    acknowledged: dict[tuple[int, int], str] = {}
    for run in range(KILLS):
        process = start(desk.folder, "Ann", "Bo", "--run", str(run))
        assert process.stdout is not None
        # The kill falls into whatever the two threads are at when the line of a random act has been read.
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 25))]
        process.kill()
        lines.append(process.stdout.read())
        process.wait()
        process.stdout.close()
        told = read_acknowledged("".join(lines))
        assert told
        for one in told:
            for review, number in one["steps"]:
                acknowledged[review, number] = f"{one['author']}/{run}/{one['act']}"
        with Store.open(desk.folder, backups=False) as store:
            assert store.check() == []
        kept = kept_steps(desk)
        assert acknowledged.items() <= kept.items()
        # Each thread had at most one act in the air, which is there as a whole or not at all.
        this_run = {request for request in kept.values() if request.split("/")[1:2] == [str(run)]}
        assert len(this_run - set(acknowledged.values())) <= 2
    batches = desk.query("SELECT batch, count(*) FROM steps WHERE kind = 'edit' AND batch IS NOT NULL GROUP BY batch")
    assert batches
    assert {count for _, count in batches} == {3}
    desk.reopen()


def test_several_processes_and_threads_save_at_once_and_none_is_lost(desk: Desk) -> None:
    for name in "abc":
        desk.add(name, f"{TEXT} {name}", "allergy=Disease")
    processes = [start(desk.folder, f"Ann {i}", f"Bo {i}", "--acts", "15") for i in range(3)]
    told = [one for process in processes for one in read_acknowledged(process.communicate()[0])]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(told) == 3 * 2 * 15
    steps = [tuple(step) for one in told for step in one["steps"]]
    assert len(steps) == len(set(steps))
    assert set(steps) <= kept_steps(desk).keys()


def test_processes_that_work_on_one_review_never_overwrite_each_other(desk: Desk) -> None:
    desk.add("a", TEXT)
    processes = [start(desk.folder, f"Ann {i}", f"Bo {i}", "--acts", "10", "--shared") for i in range(2)]
    told = [one for process in processes for one in read_acknowledged(process.communicate()[0])]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(number for one in told for _, number in one["steps"]) == list(range(1, 41))
    history = desk.store.reviews.history(1)
    assert [step.number for step in history] == list(range(1, 41))
    authors = {tuple(one["steps"][0])[1]: one["author"] for one in told}
    assert {step.number: step.author for step in history} == authors


def test_programs_that_make_a_store_together_make_it_once(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from biobert_demo.store import Store\n"
        "with Store.open(sys.argv[2], backups=False) as store: print(store.projects.default().id)"
    )
    command = [sys.executable, "-c", program, str(SAVING.parents[2]), str(tmp_path / "home")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0] for process in processes] == ["1\n"] * 3
    with Store.open(tmp_path / "home", backups=False) as store:
        assert len(store.projects.list()) == 1
        assert store.check() == []


def test_threads_that_open_one_document_share_one_review(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    barrier = threading.Barrier(8)
    ids: list[int] = []

    def open_review() -> None:
        barrier.wait()
        ids.append(desk.open_review(document).id)

    threads = [threading.Thread(target=open_review) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert set(ids) == {1}
    assert desk.query("SELECT count(*) FROM steps") == [(1,)]


def test_of_threads_that_change_one_span_one_wins_and_the_others_are_told(desk: Desk) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease"))
    barrier = threading.Barrier(6)
    won: list[str] = []
    told: list[str] = []

    def relabel(i: int) -> None:
        barrier.wait()
        label = ("Gene", "Chemical", "Species")[i % 3]
        try:
            desk.save(review, Correction("relabel", "1.0", label=label), key=f"tab {i}")
            won.append(label)
        except StaleEdit as error:
            told.append(str(error))

    threads = [threading.Thread(target=relabel, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(told)) == (1, 5)
    assert all("changed the same place ('allergy') since" in sentence for sentence in told)
    assert shown(desk.store.reviews.get(review.id)) == [f"allergy={won[0]} accepted"]


def test_a_repeated_request_whose_answer_was_lost_is_done_once_even_at_the_same_time(desk: Desk) -> None:
    review = desk.open_review(desk.add())
    barrier = threading.Barrier(5)
    results: list[tuple[int, bool]] = []

    def save() -> None:
        barrier.wait()
        result = desk.save(review, add("mice", "Species"), key="again")
        results.append((result.step_number, result.was_known))

    threads = [threading.Thread(target=save) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(1, False), *[(1, True)] * 4]
